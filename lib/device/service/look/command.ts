/** Runs a command probe: a program of the operator. */
import {
  errorOutputKept,
  failureOf,
  ProcessStartError,
  type ProgramEnd,
  programEnvironment,
  type RunResult,
  type System,
} from "../../../system/mod.ts";
import { InterruptedError } from "../../../transaction/mod.ts";
import { ProbeFailedError } from "../errors.ts";
import type { CommandProbe } from "../probe_kinds.ts";
import { pairEnvironment } from "../program.ts";
import type { ProbeSight } from "../sight.ts";
import type { LookOptions } from "./look.ts";

/** Exit code of a program that saw another certificate. */
const notServed = 1;

/**
 * Runs the program once: exit code 0 means that the service uses the pair, 1 that it does not. Any other end
 * proves nothing: 75 (EX_TEMPFAIL of sysexits(3)) on purpose, 126 and 127 (of a shell) by mistake.
 *
 * @throws InterruptedError
 */
export async function lookByCommand(
  system: System,
  probe: CommandProbe,
  { expected, timeLimit }: LookOptions,
): Promise<ProbeSight> {
  const { command } = probe;
  let result: RunResult;
  try {
    result = await system.processes.run({
      command,
      environment: {
        ...programEnvironment(system),
        ...pairEnvironment(expected.name, expected.pair),
        CERTSWAP_SERIAL: expected.loaded.leaf.serialNumber,
        CERTSWAP_FINGERPRINT: expected.fingerprint,
      },
      input: new Uint8Array(),
      // Only the output of a probe that fails is shown. Many programs say why on standard output.
      outputLimit: errorOutputKept,
      onExcess: "drop",
      timeLimit,
    });
  } catch (cause) {
    if (!(cause instanceof ProcessStartError)) throw cause;
    const seen = { stage: "nothing", saw: "nothing" } as const;
    return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause }) };
  }
  const { end } = result;
  if (end.kind === "interrupted") throw new InterruptedError(end.signal);
  const seen = seenBy(end);
  if (seen.saw === "expected") return seen;
  const { stage, saw } = seen;
  const output = new TextDecoder().decode(result.output);
  const failure = { ...failureOf(command, result), output };
  return { stage, saw, error: new ProbeFailedError(probe, { stage, saw, failure }) };
}

function seenBy(end: ProgramEnd): Pick<ProbeSight, "stage" | "saw"> {
  if (end.kind !== "exit") return { stage: "nothing", saw: "nothing" };
  switch (end.code) {
    case 0:
      return { stage: "certificate", saw: "expected" };
    case notServed:
      return { stage: "certificate", saw: "another" };
    default:
      return { stage: "nothing", saw: "nothing" };
  }
}
