/** Running a command line. */
export { runCertswap } from "./run.ts";
