/** The programs of the operator. */
export {
  failureOf,
  type HookRun,
  programEnvironment,
  type ProgramFailure,
  requireProgram,
  runHookProgram,
} from "./programs.ts";
