/** Examines a pair: what is on the disk, and whether there is anything to do. Reads only. */
import { CertswapError, type System } from "../../system/mod.ts";
import { type RecoveryOutlook, requireWritable } from "../../transaction/mod.ts";
import { findDefects, inspectPair, type MissingOptions } from "../change/mod.ts";
import { fingerprint } from "../../x509/mod.ts";
import { type ConfiguredPlaces, type PairConfiguration, placesOf } from "../configuration/mod.ts";
import {
  type ActivePair,
  findNewerRecord,
  isMissing,
  type Owed,
  type Pair,
  type PairState,
  readActivePair,
  readBesidePair,
  readState,
  readStoredPair,
  resolveForActivation,
  resolveForPlan,
  rotationSite,
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
import { isRefreshDue } from "./trust/mod.ts";

/** What is on the disk, and what to do about it. */
export interface Look extends Judgement {
  readonly now: Date;
  readonly active: ActivePair;
  readonly state: PairState;
  /** The directory that contains the state file. */
  readonly stateDirectory: string;
  /** Whether the previous pair has been kept for longer than `keep_previous`. */
  readonly isPreviousStale: boolean;
  /**
   * The files that belong to the pair and are not as they should be: outputs, the combined file, owners and
   * modes. `unknown`: that could not be found out, and the repair will say why.
   */
  readonly toRepair: readonly string[] | "unknown";
  /** Whether the source of the trust bundle is to be asked. */
  readonly isTrustDue: boolean;
  /** Whether the pending pair is one that the service refused. */
  readonly isRefusedKept: boolean;
  /** Why the state file could not be read. */
  readonly warnings: readonly unknown[];
}

/** Options of {@linkcode lookAt}. */
interface LookOptions extends Built, MissingOptions {
  /** See {@linkcode RotateOptions}. */
  readonly force: boolean;
}

/** The part of the configuration that {@linkcode lookAt} reads. */
type LookRules = RenewalRules & Pick<PairConfiguration, "keepPrevious">;

/** The part of the configuration that finds and examines a pair. */
type LookConfiguration = LookRules & ConfiguredPlaces & Pick<PairConfiguration, "name">;

/** Examines a pair, and decides whether to renew it. */
export async function lookAt(
  system: System,
  pair: Pair,
  options: LookRules & LookOptions,
): Promise<Look> {
  const { keepPrevious } = options;
  const now = system.clock.now();
  const { state, warning } = await readState(system, pair);
  const newer = await findNewerRecord(system, pair);
  const active = await readActivePair(system.files, pair);
  const judgement = await judgePair({ now, state, active }, options);
  const defects = await findDefects(system, pair, { active, state });
  const changed = state.lastChange?.at;
  const isStale = keepPrevious > 0 && changed !== undefined && state.owed === undefined &&
    judgement.clock === "plausible" && now.getTime() - changed.getTime() > keepPrevious;
  return {
    now,
    active,
    state,
    stateDirectory: pair.site.stateDirectory,
    ...judgement,
    toRepair: defects instanceof CertswapError ? "unknown" : defects.map(({ path }) => path),
    isTrustDue: isRefreshDue(pair, { state, active, clock: judgement.clock, now }),
    isRefusedKept: await isRefusedKept(system, pair, state),
    isPreviousStale: isStale && !isMissing(await readStoredPair(system.files, pair.previous)),
    warnings: [warning, newer].filter((found) => found !== undefined),
  };
}

/** Whether the service refused the pending pair, and it is still usable, so that it will be tried again. */
async function isRefusedKept(
  { files }: System,
  { pending }: Pair,
  { takenBack }: PairState,
): Promise<boolean> {
  if (takenBack === undefined) return false;
  const kept = await readBesidePair(files, pending);
  return kept.condition === "sound" &&
    await fingerprint(kept.loaded.leaf) === takenBack.fingerprint;
}

/** Whether there is nothing to do, apart from recording the time. */
export function isAtRest(
  { decision, state, isPreviousStale, toRepair, isTrustDue }: Look,
): boolean {
  return decision.kind !== "renew" && state.owed === undefined && !isPreviousStale &&
    toRepair.length === 0 && !isTrustDue;
}

/**
 * Whether the state still contains a renewal that no run continues, because the pair is not due, or a record
 * of a report although the pair is healthy.
 */
export function isLeftOver(look: Look, configuration: Pick<PairConfiguration, "issuer">): boolean {
  const { decision, clock, state } = look;
  const { renewal, told, owed } = state;
  if (decision.kind !== "nothing" || clock !== "plausible") return false;
  if (owed !== undefined) return renewal !== undefined && !isMade(state);
  return renewal !== undefined || told !== undefined && isHealthy(look, configuration);
}

/** Whether a pair is healthy, judged by its files and its state alone: nothing fails or is overdue. */
export function isHealthy(look: Look, { issuer }: Pick<PairConfiguration, "issuer">): boolean {
  return judge(look, { issuer, failing: isFailingStill(look) }) === "healthy";
}

/**
 * Whether something that failed is still to be done. A pair that is not due has no renewal to retry, except
 * that of a kept pair that the service refused.
 */
export function isFailingStill({ state, decision, isRefusedKept }: Look): boolean {
  return isRefusedKept ||
    isFailing(state) && (state.owed !== undefined || decision.kind !== "nothing");
}

/** How urgent a pair is. */
export function judge(
  { active, life, now, state }: Look,
  { issuer, failing }: Pick<PairConfiguration, "issuer"> & { readonly failing: boolean },
): Urgency {
  // A pair without an issuer that has never existed is not reported.
  if (issuer === undefined && active.condition === "missing" && !failing) return "healthy";
  const urgency = urgencyOf({ ...life, now, failing, owedSince: state.owed?.since });
  // A pair without an issuer is renewed on another schedule. It is reported only shortly before it expires.
  return issuer === undefined && !failing && urgency !== "critical" ? "healthy" : urgency;
}

/** The result for a pair that is at rest. */
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
 * The result for a pair that is at rest and healthy, if not even the time has to be recorded. This is the
 * usual case under cron. Takes no lock.
 *
 * @returns `undefined` if there is something to do or to report.
 * @throws the errors of reading, and those of {@linkcode requireWritableState} if the state cannot be
 *   written.
 */
export async function lookForRest(
  system: System,
  configuration: LookConfiguration,
  options: LookOptions,
): Promise<RotationResult | undefined> {
  const pair = await resolveForActivation(system, configuration.paths, placesOf(configuration));
  if (await findNotMounted(system, pair) !== undefined) return undefined;
  const { outcome } = await inspectPair(system, pair);
  if (outcome !== "clean") return undefined;
  const look = await lookAt(system, pair, { ...configuration, ...options });
  const isSilent = look.warnings.length === 0 && isAtRest(look) &&
    isHealthy(look, configuration) && !isLeftOver(look, configuration) &&
    !isTimeWorthNoting(look.state, look.now, options);
  if (!isSilent) return undefined;
  requireWritableState(system, pair);
  return { ...idle(configuration.name, look), pair };
}

/**
 * Insists that the next rotation can take its locks and write the state, as far as that shows without
 * writing.
 *
 * @throws the errors of `requireWritable`.
 */
export function requireWritableState(system: System, pair: Pair): void {
  requireWritable(system, pair.site);
  requireWritable(system, rotationSite(pair));
}

/** What a rotation would do for one pair, in this order. */
export interface RotationPlan {
  readonly name: string;
  /** When the pair was examined. */
  readonly now: Date;
  readonly recovery: RecoveryOutlook;
  /** The pending hook and probe that would be retried first. */
  readonly owed: Owed | undefined;
  readonly decision: RenewalDecision;
  readonly removesPrevious: boolean;
  /** See {@linkcode Look}. */
  readonly toRepair: readonly string[] | "unknown";
  /** See {@linkcode Look}. */
  readonly isTrustDue: boolean;
  readonly warnings: readonly unknown[];
}

/**
 * Plans what {@linkcode rotatePair} would do, without changing anything.
 *
 * @throws the errors of resolving and reading.
 */
export async function planRotation(
  system: System,
  configuration: LookConfiguration,
  options: LookOptions,
): Promise<RotationPlan> {
  const pair = await resolveForPlan(system, configuration.paths);
  if (options.acceptMissing !== true) await requireMounted(system, pair);
  const look = await lookAt(system, pair, { ...configuration, ...options });
  return {
    name: configuration.name,
    now: look.now,
    recovery: await inspectPair(system, pair),
    owed: look.state.owed,
    decision: look.decision,
    removesPrevious: look.isPreviousStale,
    toRepair: look.toRepair,
    isTrustDue: look.isTrustDue,
    warnings: [
      ...untrustedPlacesOf(system, configuration.paths, placesOf(configuration)),
      ...look.warnings,
    ],
  };
}
