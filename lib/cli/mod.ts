/** The command line: the command tree, what is printed, the exit codes. */
export { runCertswap } from "./start/mod.ts";
export { denoWorld, type World } from "./world.ts";
