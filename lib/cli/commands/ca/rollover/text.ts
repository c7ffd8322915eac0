/** What the steps of a rollover report. */
import type { RolloverReport } from "../../../../ca/rollover/mod.ts";
import type { DataDirectoryFlags } from "../../../declaration/mod.ts";
import { repeatFlags } from "../../../given_flags.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";

/**
 * The outcome of a step.
 *
 * @param told what it has done and what comes next, escaped.
 * @param flags select the CA that is replaced. They are repeated in the commands of these lines.
 */
export function stepOutcome(
  { phase, next, isUnchanged, recovery, warnings }: RolloverReport,
  told: readonly string[],
  flags: DataDirectoryFlags,
): Outcome {
  const lines = told.map((line) => repeatFlags(line, flags));
  return {
    json: { phase, next, changed: !isUnchanged, recovery: recoveryToJson(recovery) },
    notes: didRecover(recovery),
    lines: isUnchanged ? ["Nothing to do: this step was made before.", ...lines.slice(1)] : lines,
    warnings,
  };
}
