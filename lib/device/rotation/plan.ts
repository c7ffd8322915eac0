/** What a rotation would do, and why. Reads only, and takes no lock. */
import type { System } from "../../system/mod.ts";
import { outlookOf } from "../outlook.ts";
import type { PairConfiguration } from "../configuration/configuration.ts";
import { resolvePair } from "../resolve.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import type { Owed } from "../state.ts";
import type { Decision } from "./decision.ts";
import { lookAt, type LookOptions } from "./look.ts";

/** What would be done for one pair, in this order. */
export interface RotationPlan {
  readonly name: string;
  readonly recovery: RecoveryOutlook;
  /** What would be paid first. */
  readonly owed: Owed | undefined;
  readonly decision: Decision;
  readonly removesPrevious: boolean;
  readonly warnings: readonly unknown[];
}

/**
 * Says what {@linkcode rotatePair} would do.
 *
 * @throws the errors of resolving and reading.
 */
export async function planRotation(
  system: System,
  configuration: PairConfiguration,
  options: LookOptions,
): Promise<RotationPlan> {
  const pair = resolvePair(system.files, configuration.paths);
  const look = await lookAt({ system, configuration, pair, options });
  return {
    name: configuration.name,
    recovery: await outlookOf(system, pair),
    owed: look.state.owed,
    decision: look.decision,
    removesPrevious: look.isPreviousStale,
    warnings: look.warnings,
  };
}
