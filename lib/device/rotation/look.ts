/** Looking at a pair: what is on the disk, and whether there is anything to do. Reads only. */
import type { System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import type { MissingOptions } from "../change/missing.ts";
import { inspectPair } from "../change/outlook.ts";
import type { PairConfiguration } from "../configuration/configuration.ts";
import { type ConfiguredPlaces, placesOf } from "../configuration/places.ts";
import { type ActivePair, readActivePair } from "../pair/active_pair.ts";
import { findNotMounted, requireMounted } from "../pair/last_known/mod.ts";
import type { Pair } from "../pair/layout.ts";
import { isMissing, readStoredPair } from "../pair/read_pair.ts";
import { resolveForChange, resolvePair, untrustedPlacesOf } from "../pair/resolve.ts";
import { type Owed, type PairState, readState } from "../pair/state.ts";
import { type Built, isTimeWorthNoting, judgeClock } from "./decide/clock_rules.ts";
import { decideRenewal, type RenewalDecision, type RenewalRules } from "./decide/decision.ts";
import { emptyResult, type RotationResult } from "./event.ts";

/** What is on the disk, and what there is to do about it. */
export interface Look {
  readonly now: Date;
  readonly active: ActivePair;
  readonly state: PairState;
  readonly decision: RenewalDecision;
  /** The previous pair has been kept for as long as it should be. */
  readonly isPreviousStale: boolean;
  /** Why the state file could not be read. */
  readonly warnings: readonly unknown[];
}

/** How a look at a pair is made. */
interface LookOptions extends Built, MissingOptions {
  /** See {@linkcode RotateOptions}. */
  readonly force: boolean;
}

/** What a look goes by. */
type LookRules = RenewalRules & Pick<PairConfiguration, "keepPrevious">;

/** A pair, and what a look at it goes by. */
type LookConfiguration = LookRules & ConfiguredPlaces & Pick<PairConfiguration, "name">;

/** Looks at a pair, and decides. */
export async function lookAt(
  system: System,
  pair: Pair,
  options: LookRules & LookOptions,
): Promise<Look> {
  const { issuer, identity, renewBefore, keepPrevious, force } = options;
  const now = system.clock.now();
  const { state, warning } = await readState(system, pair);
  const active = await readActivePair(system.files, pair.active);
  const clock = judgeClock(now, state, options);
  const rules = { issuer, identity, renewBefore };
  const decision = await decideRenewal({ ...rules, now, state, clock, active, force });
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
export function idle(name: string, { decision, warnings }: Look): RotationResult {
  const result = { ...emptyResult(name), warnings };
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
 * What is to be said of a pair that is at rest, if not even the time is worth noting: nearly always, for what
 * cron starts. Takes no lock.
 *
 * @returns `undefined` if there is something to do, or to complain of.
 */
export async function lookForRest(
  system: System,
  configuration: LookConfiguration,
  options: LookOptions,
): Promise<RotationResult | undefined> {
  const pair = resolveForChange(system, configuration.paths, placesOf(configuration));
  if (await findNotMounted(system, pair) !== undefined) return undefined;
  const { outcome } = await inspectPair(system, pair);
  if (outcome !== "clean") return undefined;
  const look = await lookAt(system, pair, { ...configuration, ...options });
  const isSilent = look.warnings.length === 0 && isAtRest(look) &&
    !isTimeWorthNoting(look.state, look.now, options);
  return isSilent ? idle(configuration.name, look) : undefined;
}

/** What would be done for one pair, in this order. */
export interface RotationPlan {
  readonly name: string;
  readonly recovery: RecoveryOutlook;
  /** What would be paid first. */
  readonly owed: Owed | undefined;
  readonly decision: RenewalDecision;
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
  configuration: LookConfiguration,
  options: LookOptions,
): Promise<RotationPlan> {
  const pair = resolvePair(system.files, configuration.paths);
  if (options.acceptMissing !== true) await requireMounted(system, pair);
  const look = await lookAt(system, pair, { ...configuration, ...options });
  return {
    name: configuration.name,
    recovery: await inspectPair(system, pair),
    owed: look.state.owed,
    decision: look.decision,
    removesPrevious: look.isPreviousStale,
    warnings: [
      ...untrustedPlacesOf(system, configuration.paths, placesOf(configuration)),
      ...look.warnings,
    ],
  };
}
