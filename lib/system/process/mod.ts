/** The doors to this process and to others. */
export { type EnvironmentName, environmentNames, passedVariables } from "./environment.ts";
export { GatheredOutput } from "./gathered_output.ts";
export {
  denoPermissions,
  type Needs,
  type Permissions,
  systemNames,
  wholeKinds,
} from "./permissions.ts";
export { denoProcesses, type Processes } from "./processes.ts";
export * from "./program.ts";
export { denoRuntime } from "./runtime.ts";
export { shellWord } from "./shell_word.ts";
export * from "./terminal.ts";
