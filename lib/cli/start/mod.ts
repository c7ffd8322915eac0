/** Running a command line, from its words to its exit code. */
export { runCertswap } from "./run.ts";
