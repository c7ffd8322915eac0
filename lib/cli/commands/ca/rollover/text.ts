/** What the steps of a rollover report. */
import type { RolloverReport } from "../../../../ca/rollover/mod.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";

/** The outcome of a step. @param lines what it has done, escaped. */
export function stepOutcome(
  { phase, next, isUnchanged, recovery, warnings }: RolloverReport,
  lines: readonly string[],
): Outcome {
  return {
    json: { phase, next, changed: !isUnchanged, recovery: recoveryToJson(recovery) },
    notes: didRecover(recovery),
    lines: isUnchanged ? ["Nothing to do: this step was made before.", ...lines.slice(1)] : lines,
    warnings,
  };
}
