/** The command that makes the service load the active pair. */
import { errorOutputKept, type System } from "../../system/mod.ts";
import { HookFailedError } from "./errors.ts";
import { failureOf, programEnvironment } from "./program.ts";

/** What makes the service load the new pair. */
export interface HookConfiguration {
  /** The program, absolute or to be found in PATH, and its arguments. Never a shell's text. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly timeLimit: number;
}

/**
 * Runs a hook to its end.
 *
 * @param environment what it is told, beside what every program is.
 * @throws ProcessStartError, HookFailedError: it has to be run again.
 */
export async function runHook(
  system: System,
  { command, timeLimit }: HookConfiguration,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const result = await system.processes.run({
    command,
    environment: { ...programEnvironment(system), ...environment },
    input: new Uint8Array(),
    // Only the output of a hook that fails is shown. Many programs say why on standard output.
    outputLimit: errorOutputKept,
    onExcess: "drop",
    timeLimit,
  });
  const { end } = result;
  if (end.kind === "exit" && end.code === 0) return;
  const output = new TextDecoder().decode(result.output);
  throw new HookFailedError({ ...failureOf(command, result), output });
}
