/** What `status` says of a pair, or of every configured pair. Reads only. */
import { day, type System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { type Certificate, isValidAt } from "../../x509/mod.ts";
import { inspectPair, lookAgain } from "../change/mod.ts";
import {
  type Configuration,
  ConfiguredPairError,
  type PairConfiguration,
} from "../configuration/mod.ts";
import { type BrokenActivePairError, CombinedStaleError } from "../errors.ts";
import {
  type ActivePair,
  type CertificateSummary,
  combinedDefect,
  type Pair,
  type PairFiles,
  type PairPaths,
  type PairState,
  readableLeaf,
  readActivePair,
  readState,
  resolvePair,
  summarize,
} from "../pair/mod.ts";
import { findNotMounted, mountedFiles } from "../pair/last_known/mod.ts";

/** What a pair is worth at a given time. */
type Condition = "valid" | "expired" | "not-yet-valid" | "missing" | "broken";

/** A certificate in its time. */
export interface CertificateInTime extends CertificateSummary {
  /** Whole days to notAfter, rounded down; negative once it is past. */
  readonly daysLeft: number;
  /** The share of its life that is gone, 0 to 1. */
  readonly lifeGone: number;
}

/** A pair as `status` sees it. */
export interface PairReport {
  readonly files: PairFiles;
  readonly condition: Condition;
  /** The leaf, if it can be read. */
  readonly leaf: Certificate | undefined;
  /** Where it can be read. */
  readonly certificate: CertificateInTime | undefined;
  /** What the service sends: the leaf first, then its chain. Of a broken pair the leaf alone, or nothing. */
  readonly served: readonly Certificate[];
  /** For `broken`. */
  readonly defect: BrokenActivePairError | undefined;
}

/** All that can be said of a pair without changing anything. */
export interface PairStatus {
  readonly now: Date;
  readonly active: PairReport;
  /** `missing` where there is none. */
  readonly pending: PairReport;
  readonly previous: PairReport;
  /** What earlier runs have left: changes, attempts, what is owed; a renewal while it is under way. */
  readonly state: PairState;
  readonly recovery: RecoveryOutlook;
  readonly warnings: readonly unknown[];
}

/**
 * Says what there is. Reads only, takes no lock, and works on a read-only file system.
 *
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
export async function readStatus(system: System, paths: PairPaths): Promise<PairStatus> {
  const pair = resolvePair(system.files, paths);
  return await lookAgain(system.clock, () => look(system, pair), isConclusive);
}

function isConclusive({ active, pending, previous, recovery, warnings }: PairStatus): boolean {
  return recovery.outcome === "clean" &&
    [active, pending, previous].every(({ condition }) => condition !== "broken") &&
    !warnings.some((warning) => warning instanceof CombinedStaleError);
}

async function look(system: System, pair: Pair): Promise<PairStatus> {
  const now = system.clock.now();
  const { files } = system;
  const { state, warning } = await readState(system, pair);
  const active = await readActivePair(files, pair.active);
  const combined = await combinedDefect(files, pair, active);
  const notMounted = await findNotMounted(system, pair);
  return {
    now,
    active: await report(active, now),
    pending: await report(await readActivePair(files, pair.pending), now),
    previous: await report(await readActivePair(files, pair.previous), now),
    state: withoutRenewalMade(state),
    recovery: await inspectPair(system, pair),
    warnings: [
      ...[warning, notMounted, combined].filter((found) => found !== undefined),
      ...mountedFiles(files, [pair.active.certificate, pair.active.key, pair.combined]),
    ],
  };
}

/**
 * A renewal that has led to a swap is kept until the service has the new pair, for it counts if the old one
 * is restored. Nobody is asked again for it.
 */
function withoutRenewalMade(state: PairState): PairState {
  const { renewal, ...others } = state;
  const { lastChange } = state;
  const isMade = renewal !== undefined && lastChange?.by === "swap" &&
    renewal.lastAttempt <= lastChange.at;
  return isMade ? others : state;
}

async function report(pair: ActivePair, now: Date): Promise<PairReport> {
  // The certificate of a broken pair may still be readable, and says which pair it was.
  const leaf = readableLeaf(pair);
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
  const { leaf } = pair.loaded;
  if (isValidAt(leaf, now)) return "valid";
  return now < leaf.notBefore ? "not-yet-valid" : "expired";
}

function inTime(certificate: CertificateSummary, now: Date): CertificateInTime {
  const [begin, end, at] = [certificate.notBefore, certificate.notAfter, now]
    .map((date) => date.getTime()) as [number, number, number];
  const gone = end > begin ? (at - begin) / (end - begin) : 1;
  return {
    ...certificate,
    daysLeft: Math.floor((end - at) / day),
    lifeGone: Math.min(1, Math.max(0, gone)),
  };
}

/** One pair of several, as it was found, or why it could not be looked at. */
export type ConfiguredStatus =
  & { readonly name: string; readonly configuration: PairConfiguration }
  & (
    | { readonly status: PairStatus; readonly error?: undefined }
    | { readonly status?: undefined; readonly error: ConfiguredPairError }
  );

/** Looks at every configured pair. What is wrong with one is said beside the others. */
export async function readAllStatus(
  system: System,
  { pairs }: Pick<Configuration, "pairs">,
): Promise<readonly ConfiguredStatus[]> {
  return await Promise.all(pairs.map(async (configuration): Promise<ConfiguredStatus> => {
    const { name, paths } = configuration;
    try {
      return { name, configuration, status: await readStatus(system, paths) };
    } catch (cause) {
      return { name, configuration, error: new ConfiguredPairError(name, { cause }) };
    }
  }));
}
