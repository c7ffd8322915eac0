/** The programs of the operator. */
export {
  failureOf,
  type HookRun,
  programEnvironment,
  type ProgramFailure,
  programPlaces,
  requireProgram,
  runHookProgram,
} from "./programs.ts";
