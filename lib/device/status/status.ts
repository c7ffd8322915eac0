/** The status of a pair, or of every configured pair. Reads only. */
import {
  day,
  present,
  type System,
  type UntrustedPlaceError,
  type UsedPath,
} from "../../system/mod.ts";
import { lookAgain, type RecoveryOutlook } from "../../transaction/mod.ts";
import { type Certificate, isValidAt } from "../../x509/mod.ts";
import { findDefects, inspectPair } from "../change/mod.ts";
import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
  placesOf,
} from "../configuration/mod.ts";
import {
  type BrokenActivePairError,
  CombinedStaleError,
  type RenewalBlockedError,
} from "../errors.ts";
import {
  type ActivePair,
  type CertificateSummary,
  exposedKeys,
  findNewerRecord,
  type Pair,
  type PairFiles,
  type PairPaths,
  type PairState,
  readableLeaf,
  readActivePair,
  readBesidePair,
  readState,
  resolveMounted,
  summarize,
} from "../pair/mod.ts";
import { findNotMounted, mountedFiles } from "../pair/last_known/mod.ts";
import { OutputStaleError, servedFiles } from "../pair/outputs/mod.ts";
import {
  isMade,
  type Judge,
  type Judgement,
  type RenewalDecision,
  type RenewalRules,
} from "../rotation/mod.ts";
import { type KeptPair, keptPair } from "./kept.ts";
import { type TrustStatus, trustStatus } from "./trust.ts";
import {
  findObstacle,
  findUntrustedPlaces,
  lookAround,
  mountPointsOf,
  type Surroundings,
  withMounts,
} from "./surroundings.ts";

/** The condition of a pair at a given time. */
type Condition = "valid" | "expired" | "not-yet-valid" | "missing" | "broken";

/** A certificate, and how much of its lifetime remains. */
export interface CertificateInTime extends CertificateSummary {
  /** Milliseconds to notAfter; negative after that. */
  readonly left: number;
  /** The same in whole days, rounded down. */
  readonly daysLeft: number;
  /** The share of its lifetime that has passed, 0 to 1. */
  readonly lifeGone: number;
}

/** A pair in the report of `status`. */
export interface PairReport {
  readonly files: PairFiles;
  readonly condition: Condition;
  /** The leaf, if it can be read. */
  readonly leaf: Certificate | undefined;
  /** If it can be read. */
  readonly certificate: CertificateInTime | undefined;
  /**
   * The certificates that the service sends: the leaf, then its chain. For a broken pair only the leaf, if
   * it can be read.
   */
  readonly served: readonly Certificate[];
  /** For `broken`. */
  readonly defect: BrokenActivePairError | undefined;
}

/** Everything that can be found out about a pair without changing anything. */
export interface PairStatus {
  readonly now: Date;
  readonly active: PairReport;
  /** `missing` if there is none. */
  readonly pending: PairReport;
  readonly previous: PairReport;
  /** About the pending pair, if it is usable. */
  readonly kept: KeptPair | undefined;
  /** The state, without a renewal that is no longer in progress. */
  readonly state: PairState;
  readonly recovery: RecoveryOutlook;
  /** Why the next change could not be written. It is also among the warnings. */
  readonly blocked: RenewalBlockedError | undefined;
  /** The places that every rotation refuses. They are also among the warnings. */
  readonly untrusted: readonly UntrustedPlaceError[];
  /** What the pair trusts, if it has a trust bundle. */
  readonly trust?: TrustStatus | undefined;
  /** Whether the pair is renewed now; `undefined`: the rules for that are not known. */
  readonly decision: RenewalDecision | undefined;
  readonly warnings: readonly unknown[];
}

/** Options of {@linkcode readStatus}. */
export interface StatusOptions {
  readonly around?: Surroundings | undefined;
  readonly judge?: Judge | undefined;
  /** The places that a rotation uses besides the pair's own files. */
  readonly places?: readonly UsedPath[] | undefined;
}

/**
 * Reads the status of a pair. Takes no lock, and works on a read-only file system.
 *
 * @param options `around`: the file systems that the pair is on, if they have been examined; `judge`: decides
 *   when the pair is renewed, if its configuration is known (a renewal that no run continues is left out).
 * @throws the errors of resolving and reading; JournalRefusedError.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../../system/mod.ts";
 * import { readStatus } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const paths = { certificate: `${root}/cert.pem`, key: `${root}/key.pem` };
 * const { active, recovery } = await readStatus(denoSystem, paths);
 * assert.equal(active.condition, "missing");
 * assert.equal(recovery.outcome, "clean");
 * await Deno.remove(root);
 * ```
 */
export async function readStatus(
  system: System,
  paths: PairPaths,
  { around, judge, places = [] }: StatusOptions = {},
): Promise<PairStatus> {
  const known = {
    judge,
    around: around ?? await lookAround(system, [paths]),
    used: { paths, places },
  };
  const pair = await resolveMounted(withMounts(system, known.around), paths);
  return await lookAgain(system.clock, () => look(system, pair, known), isConclusive);
}

function isConclusive({ active, pending, previous, recovery, warnings }: PairStatus): boolean {
  return recovery.outcome === "clean" &&
    [active, pending, previous].every(({ condition }) => condition !== "broken") &&
    !warnings.some((warning) =>
      warning instanceof CombinedStaleError || warning instanceof OutputStaleError
    );
}

async function look(
  system: System,
  pair: Pair,
  { around, judge, used }: Pick<StatusOptions, "judge"> & {
    readonly around: Surroundings;
    readonly used: Parameters<typeof findUntrustedPlaces>[2];
  },
): Promise<PairStatus> {
  const now = system.clock.now();
  const { files } = system;
  const { state, warning } = await readState(system, pair);
  const active = await readActivePair(files, pair);
  const undelivered = [await findDefects(system, pair, { active, state })].flat();
  const notMounted = await findNotMounted(system, pair);
  const pending = await readBesidePair(files, pair.pending);
  const judgement = await judge?.({ now, state, active });
  const blocked = findObstacle(files, pair, around);
  const untrusted = findUntrustedPlaces(system, pair, used);
  const newer = await findNewerRecord(system, pair);
  const served = servedFiles(pair);
  return {
    now,
    active: await report(active, now),
    pending: await report(pending, now),
    previous: await report(await readBesidePair(files, pair.previous), now),
    kept: await keptPair(pending, { now, state, decision: judgement?.decision }),
    state: isIssuerIdle(state, judgement) ? withoutIdleIssuer(state) : state,
    recovery: await inspectPair(system, pair),
    blocked,
    untrusted,
    ...present({ trust: await trustStatus(system, pair, state) }),
    decision: judgement?.decision,
    warnings: [
      ...untrusted,
      ...[warning, newer, notMounted, ...undelivered, blocked]
        .filter((found) => found !== undefined),
      ...exposedKeys(files, served.flatMap(({ path, isSecret }) => isSecret ? [path] : [])),
      ...mountedFiles(files, served.map(({ path }) => path), mountPointsOf(around)),
    ],
  };
}

/** Whether the renewal in the state has led to a swap, or belongs to a pair that is not due now. */
function isIssuerIdle(state: PairState, judgement: Judgement | undefined): boolean {
  return isMade(state) || judgement?.decision.kind === "nothing";
}

function withoutIdleIssuer({ renewal: _, ...state }: PairState): PairState {
  return state;
}

/** Describes a pair for the report of `status`. */
export async function report(pair: ActivePair, now: Date): Promise<PairReport> {
  // The certificate of a broken pair may still be readable, and shows which pair it was.
  const leaf = pair.condition === "missing" ? undefined : readableLeaf(pair);
  return {
    files: pair.stored.files,
    condition: conditionOf(pair, now),
    leaf,
    certificate: leaf && inTime(await summarize(leaf), now),
    served: pair.condition === "sound"
      ? [pair.loaded.leaf, ...pair.loaded.chain]
      : leaf === undefined
      ? []
      : [leaf],
    defect: pair.condition === "broken" ? pair.defect : undefined,
  };
}

function conditionOf(pair: ActivePair, now: Date): Condition {
  if (pair.condition !== "sound") return pair.condition;
  return conditionOfLeaf(pair.loaded.leaf, now);
}

/** The condition of a certificate, judged by its dates alone. */
export function conditionOfLeaf(
  leaf: Certificate,
  now: Date,
): "valid" | "expired" | "not-yet-valid" {
  if (isValidAt(leaf, now)) return "valid";
  return now < leaf.notBefore ? "not-yet-valid" : "expired";
}

/** Adds to a certificate how much of its lifetime remains. */
export function inTime(certificate: CertificateSummary, now: Date): CertificateInTime {
  const [begin, end, at] = [certificate.notBefore, certificate.notAfter, now]
    .map((date) => date.getTime()) as [number, number, number];
  const gone = end > begin ? (at - begin) / (end - begin) : 1;
  return {
    ...certificate,
    left: end - at,
    daysLeft: Math.floor((end - at) / day),
    lifeGone: Math.min(1, Math.max(0, gone)),
  };
}

/** One pair of several: its status, or why it could not be examined. */
export type ConfiguredStatus =
  & { readonly name: string; readonly configuration: PairConfiguration }
  & (
    | { readonly status: PairStatus; readonly error?: undefined }
    | { readonly status?: undefined; readonly error: ConfiguredPairError }
  );

/** Examines every configured pair. An error of one does not affect the others. */
export async function readAllStatus(
  system: System,
  { pairs }: Pick<Configuration, "pairs">,
  { around, judgeBy }: {
    readonly around?: Surroundings;
    readonly judgeBy: (rules: RenewalRules) => Judge;
  },
): Promise<readonly ConfiguredStatus[]> {
  const surroundings = around ?? await lookAround(system, pairs.map(({ paths }) => paths));
  return await Promise.all(pairs.map(async (configuration): Promise<ConfiguredStatus> => {
    const { name, paths } = configuration;
    try {
      const places = placesOf(configuration);
      const options = { around: surroundings, judge: judgeBy(configuration), places };
      return { name, configuration, status: await readStatus(system, paths, options) };
    } catch (cause) {
      return { name, configuration, error: new ConfiguredPairError(name, { cause }) };
    }
  }));
}
