/** Looking at a pair: what is on the disk, and whether there is anything to do. Reads only. */
import type { System } from "../../system/mod.ts";
import { type RecoveryOutlook, requireWritable } from "../../transaction/mod.ts";
import { inspectPair, type MissingOptions } from "../change/mod.ts";
import { type ConfiguredPlaces, type PairConfiguration, placesOf } from "../configuration/mod.ts";
import {
  type ActivePair,
  findNewerRecord,
  isMissing,
  type Owed,
  type Pair,
  type PairState,
  readActivePair,
  readState,
  readStoredPair,
  resolveForChange,
  resolveMounted,
  untrustedPlacesOf,
} from "../pair/mod.ts";
import { findNotMounted, requireMounted } from "../pair/last_known/mod.ts";
import {
  type Built,
  isFailing,
  isMade,
  isTimeWorthNoting,
  type Judgement,
  judgePair,
  type RenewalDecision,
  type RenewalRules,
  type Urgency,
  urgencyOf,
} from "./decide/mod.ts";
import { emptyResult, type RotationResult } from "./event.ts";

/** What is on the disk, and what there is to do about it. */
export interface Look extends Judgement {
  readonly now: Date;
  readonly active: ActivePair;
  readonly state: PairState;
  /** Where the state is written. */
  readonly stateDirectory: string;
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
  const { keepPrevious } = options;
  const now = system.clock.now();
  const { state, warning } = await readState(system, pair);
  const newer = await findNewerRecord(system, pair);
  const active = await readActivePair(system.files, pair.active);
  const judgement = await judgePair({ now, state, active }, options);
  const changed = state.lastChange?.at;
  const isStale = keepPrevious > 0 && changed !== undefined && state.owed === undefined &&
    judgement.clock === "plausible" && now.getTime() - changed.getTime() > keepPrevious;
  return {
    now,
    active,
    state,
    stateDirectory: pair.site.stateDirectory,
    ...judgement,
    isPreviousStale: isStale && !isMissing(await readStoredPair(system.files, pair.previous)),
    warnings: [warning, newer].filter((found) => found !== undefined),
  };
}

/** Whether there is nothing to do, what is only to be noted aside. */
export function isAtRest({ decision, state, isPreviousStale }: Look): boolean {
  return decision.kind !== "renew" && state.owed === undefined && !isPreviousStale;
}

/**
 * Whether the state still has something of a renewal that nobody goes on with, for the pair is not due; or of
 * what there was to tell, and nothing of it fails.
 */
export function isLeftOver(look: Look, configuration: Pick<PairConfiguration, "issuer">): boolean {
  const { decision, clock, state } = look;
  const { renewal, told, owed } = state;
  if (decision.kind !== "nothing" || clock !== "plausible") return false;
  if (owed !== undefined) return renewal !== undefined && !isMade(state);
  return renewal !== undefined || told !== undefined && isHealthy(look, configuration);
}

/** Whether the look at a pair alone calls for a person. `false` for one that does not fail and is in time. */
export function isHealthy(look: Look, { issuer }: Pick<PairConfiguration, "issuer">): boolean {
  return judge(look, { issuer, failing: isFailingStill(look) }) === "healthy";
}

/** Whether what has failed is still to be done: of a pair that is not due, nobody renews anything. */
export function isFailingStill({ state, decision }: Look): boolean {
  return isFailing(state) && (state.owed !== undefined || decision.kind !== "nothing");
}

/** How urgent a pair is. */
export function judge(
  { active, life, now, state }: Look,
  { issuer, failing }: Pick<PairConfiguration, "issuer"> & { readonly failing: boolean },
): Urgency {
  // Nothing was promised for a pair that somebody else has yet to bring.
  if (issuer === undefined && active.condition === "missing" && !failing) return "healthy";
  const urgency = urgencyOf({ ...life, now, failing, owedSince: state.owed?.since });
  // Who renews it has a schedule of its own. Shortly before the end that is no reason to be silent any more.
  return issuer === undefined && !failing && urgency !== "critical" ? "healthy" : urgency;
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
 * What is to be said of a pair that is at rest, if it is healthy and not even the time is worth noting:
 * nearly always, for what cron starts. Takes no lock.
 *
 * @returns `undefined` if there is something to do, or to complain of.
 * @throws the errors of reading, and of opening the lock file where the state cannot be written.
 */
export async function lookForRest(
  system: System,
  configuration: LookConfiguration,
  options: LookOptions,
): Promise<RotationResult | undefined> {
  const pair = await resolveForChange(system, configuration.paths, placesOf(configuration));
  if (await findNotMounted(system, pair) !== undefined) return undefined;
  const { outcome } = await inspectPair(system, pair);
  if (outcome !== "clean") return undefined;
  const look = await lookAt(system, pair, { ...configuration, ...options });
  const isSilent = look.warnings.length === 0 && isAtRest(look) &&
    isHealthy(look, configuration) && !isLeftOver(look, configuration) &&
    !isTimeWorthNoting(look.state, look.now, options);
  if (!isSilent) return undefined;
  requireWritable(system.files, pair.site);
  return { ...idle(configuration.name, look), pair };
}

/** What would be done for one pair, in this order. */
export interface RotationPlan {
  readonly name: string;
  /** When it was looked at. */
  readonly now: Date;
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
  const pair = await resolveMounted(system, configuration.paths);
  if (options.acceptMissing !== true) await requireMounted(system, pair);
  const look = await lookAt(system, pair, { ...configuration, ...options });
  return {
    name: configuration.name,
    now: look.now,
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
