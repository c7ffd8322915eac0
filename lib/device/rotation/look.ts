/** Looking at a pair: what stands on the disk, and whether there is anything to do. */
import type { System } from "../../system/mod.ts";
import { type ActivePair, readActivePair } from "../pair/active_pair.ts";
import type { PairConfiguration } from "../configuration/configuration.ts";
import { outlookOf } from "../change/outlook.ts";
import { placesOf } from "../configuration/places.ts";
import { resolveForChange, resolvePair, untrustedPlacesOf } from "../pair/resolve.ts";
import { type Owed, type PairState, readState } from "../pair/state.ts";
import { isMissing, readStoredPair } from "../pair/read_pair.ts";
import { type Built, isTimeWorthNoting, judgeClock } from "./decide/clock_rules.ts";
import type { Rotation } from "./context.ts";
import { decide, type Decision } from "./decide/decision.ts";
import { emptyResult, type RotationResult } from "./event.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";

/** What stands on the disk, and what there is to do about it. */
export interface Look {
  readonly now: Date;
  readonly active: ActivePair;
  readonly state: PairState;
  readonly decision: Decision;
  /** The previous pair has been kept for as long as it should be. */
  readonly isPreviousStale: boolean;
  /** Why the state file could not be read. */
  readonly warnings: readonly unknown[];
}

/** What a look at a pair depends on. */
export interface LookOptions extends Built {
  /** See {@linkcode RotateOptions}. */
  readonly force: boolean;
}

/** Looks at a pair, and decides. Reads only. */
export async function lookAt(
  { system, configuration, pair, options }: Omit<Rotation, "options"> & {
    readonly options: LookOptions;
  },
): Promise<Look> {
  const now = system.clock.now();
  const { state, warning } = await readState(system, pair);
  const active = await readActivePair(system.files, pair.active);
  const { force } = options;
  const clock = judgeClock(now, state, options);
  const decision = await decide({ configuration, now, state, clock, active, force });
  const { keepPrevious } = configuration;
  const changed = state.lastChange?.at;
  const isStale = keepPrevious > 0 && changed !== undefined && state.owed === undefined &&
    clock === "plausible" && now.getTime() - changed.getTime() > keepPrevious;
  return {
    now,
    active,
    state,
    decision,
    isPreviousStale: isStale && !isMissing(await readStoredPair(system.files, pair.previous)),
    warnings: warning === undefined ? [] : [warning],
  };
}

/** Whether there is nothing to do, the time aside. */
export function isAtRest({ decision, state, isPreviousStale }: Look): boolean {
  return decision.kind !== "renew" && state.owed === undefined && !isPreviousStale;
}

/** What is to be said of a pair at rest. */
export function idle({ name }: PairConfiguration, { decision }: Look): RotationResult {
  const result = emptyResult(name);
  switch (decision.kind) {
    case "nothing":
      return { ...result, nextAttempt: decision.renewalTime };
    case "wait": {
      const { reason, until } = decision;
      return { ...result, outcome: "waiting", reason, nextAttempt: until };
    }
    case "renew":
      return { ...result, reason: decision.reason };
  }
}

/**
 * What is to be said of a pair that is at rest, where not even the time is worth noting: nearly always, for what
 * cron starts. Reads only, and takes no lock.
 *
 * @returns `undefined` where there is something to do, or to complain of.
 */
export async function lookForRest(
  system: System,
  configuration: PairConfiguration,
  options: LookOptions,
): Promise<RotationResult | undefined> {
  const pair = resolveForChange(system, configuration.paths, placesOf(configuration));
  const { outcome } = await outlookOf(system, pair);
  if (outcome !== "clean") return undefined;
  const look = await lookAt({ system, configuration, pair, options });
  const isSilent = look.warnings.length === 0 && isAtRest(look) &&
    !isTimeWorthNoting(look.state, look.now, options);
  return isSilent ? idle(configuration, look) : undefined;
}

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
    warnings: [
      ...untrustedPlacesOf(system, configuration.paths, placesOf(configuration)),
      ...look.warnings,
    ],
  };
}
