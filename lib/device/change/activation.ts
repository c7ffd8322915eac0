/** Activates a pair: builds the change for every swap, rollback, renewal and restored pair. */
import { type Attributes, statIfPresent, type System } from "../../system/mod.ts";
import type { Entry, RecoveryReport } from "../../transaction/mod.ts";
import { bytesEqual } from "../../x509/mod.ts";
import { BrokenActivePairError, CombinedLeftBehindError } from "../errors.ts";
import {
  type ActivePair,
  attributesOf,
  type CertificateSummary,
  type ChangeKind,
  dropPair,
  firstAttributes,
  type LoadedPair,
  ofCertificateCopy,
  ofKeyCopy,
  type OutputRecord,
  type Pair,
  type PairState,
  putCopy,
  putState,
  readKeptPair,
  readState,
  servedPair,
  summarize,
  withChange,
} from "../pair/mod.ts";
import { isInVersion, OutputLeftBehindError } from "../pair/outputs/mod.ts";
import type { Proposal } from "./change.ts";
import { closedFiles, pairChanges, requireReplaceable } from "./files/mod.ts";

/** A proposal to activate a pair. */
export interface SwapProposal extends Proposal {
  readonly certificate: CertificateSummary;
  /** The certificate that is replaced, if the active pair is usable and another one. */
  readonly replaced: CertificateSummary | undefined;
  /** `false`: this pair is already active, and stays so. */
  readonly isChange: boolean;
  /** Whether the replaced pair is kept as the previous one. */
  readonly keepsPrevious: boolean;
}

/** A pair to activate, with everything else in the same transaction. */
interface Activation {
  readonly next: LoadedPair;
  readonly active: ActivePair;
  /** Whether the previous pair is used up (rollback) or replaced (swap). */
  readonly by: ChangeKind;
  /** Whether the replaced pair is kept for a rollback. A broken one never is. */
  readonly keepPrevious: boolean;
  /**
   * The entries for what belongs to it besides the pair: the pending pair and the request that it uses up, or
   * the formerly active pair that is kept as the pending one.
   */
  readonly beside?: readonly Entry[];
  /** What a rotation records with it, even if the pair is already active. */
  readonly also?: (state: PairState) => PairState;
}

/**
 * Builds the change that makes `next` the active pair. Its entries are applied in this order:
 *
 * 1. the combined file, the key, the certificate: a reader of the combined file never sees a mix, and a
 *    service that reloads between the other two keeps the certificate it has
 * 2. the state
 * 3. the pending pair and the request, as far as they change
 * 4. the previous pair
 *
 * @throws UnrelatedFileError, and the errors of reading what is replaced. Nothing is written.
 */
export async function proposeActivation(
  system: System,
  pair: Pair,
  activation: Activation,
): Promise<SwapProposal> {
  const { next, active, by, keepPrevious, beside = [], also } = activation;
  await requireReplaceable(system.files, pair, active);
  const certificate = await summarize(next.leaf);
  const served = isRenewed(activation) ? undefined : servedPair(active);
  const replaced = served && await summarize(served.leaf);
  const read = await readState(system, pair);
  const changes = await pairChanges(system, pair, {
    next,
    active,
    records: read.state.outputs ?? [],
  });
  const isChange = changes.entries.length > 0;
  const broken = active.condition === "broken" ? [brokenWarning(active.defect, isChange)] : [];
  const warnings = [...broken, ...closedFiles(pair, changes.entries)];
  const isWritten = isChange || also !== undefined;
  if (!isWritten && by === "swap") {
    // The previous pair of this pair stays.
    const nothing = { isChange, keepsPrevious: false, entries: beside, warnings };
    return { certificate, replaced, version: undefined, ...nothing };
  }
  const state = await stateEntries(system, pair, {
    by,
    fingerprint: certificate.fingerprint,
    also,
    read,
    records: changes.records,
  });
  return {
    certificate,
    replaced,
    isChange,
    keepsPrevious: keepPrevious && served !== undefined,
    version: changes.version,
    entries: [
      ...changes.entries,
      ...(isWritten ? state.entries : []),
      ...beside,
      ...await previousEntries(system, pair, activation),
    ],
    warnings: [...warnings, ...state.warnings],
  };
}

/**
 * The state after a change by hand, which ends what a rotation was trying. A later failure of the pair starts
 * a new row, and does not wait for an attempt that belonged to the old pair.
 */
function withoutAttempts({ renewal: _, lastFailure: __, ...state }: PairState): PairState {
  return state;
}

/** The warning about a broken active pair, which a change replaces. */
function brokenWarning(error: BrokenActivePairError, isReplaced: boolean): BrokenActivePairError {
  const { certificate, defect, cause } = error;
  return new BrokenActivePairError(certificate, defect, { cause, isReplaced });
}

/** The state with these outputs; without the field if there are none. */
function withOutputs(
  { outputs: _, ...state }: PairState,
  outputs: readonly OutputRecord[],
): PairState {
  return outputs.length === 0 ? state : { ...state, outputs };
}

/** The entry that records the change, and warnings about the previous record. */
async function stateEntries(
  system: System,
  pair: Pair,
  { by, fingerprint, also = withoutAttempts, read, records }: {
    readonly by: ChangeKind;
    readonly fingerprint: string;
    readonly also: Activation["also"] | undefined;
    readonly read: Awaited<ReturnType<typeof readState>>;
    /** Of the outputs that the pair has now. */
    readonly records: readonly OutputRecord[];
  },
): Promise<{ readonly entries: readonly Entry[]; readonly warnings: readonly unknown[] }> {
  const { state, stored, isReplaceable, warning } = read;
  const left = (state.outputs ?? []).filter(({ path }) =>
    !records.some((record) => record.path === path) && !isInVersion(pair, path) &&
    pair.site.manages(path) && statIfPresent(system.files, path) !== undefined
  );
  const earlier = state.lastChange?.combined;
  const forgotten = earlier === pair.combined ? undefined : earlier;
  const combined = pair.combined ?? forgotten;
  const change = {
    at: system.clock.now(),
    by,
    fingerprint,
    // Kept although it is not named, so that the next run also warns.
    ...(combined === undefined ? {} : { combined }),
  };
  const entries = isReplaceable
    ? await putState(system, pair, {
      state: also(withOutputs(withChange(state, change), [...records, ...left])),
      stored,
    })
    : [];
  return {
    entries,
    warnings: [
      ...(warning === undefined ? [] : [warning]),
      ...(forgotten === undefined || statIfPresent(system.files, forgotten) === undefined
        ? []
        : [new CombinedLeftBehindError(forgotten)]),
      ...left.map(({ path }) => new OutputLeftBehindError(path)),
    ],
  };
}

/**
 * Whether a swap puts the active pair in place again, because something made from it is not as it should be.
 */
function isRenewed({ next, active, by }: Pick<Activation, "next" | "active" | "by">): boolean {
  if (by !== "swap" || active.condition !== "sound") return false;
  const [old, made] = [active.loaded, next].map(({ leaf, chain }) => [leaf, ...chain]);
  return old !== undefined && old.length === made?.length &&
    old.every(({ der }, index) => bytesEqual(der, made[index]?.der ?? new Uint8Array()));
}

/** Content, owner and mode of a copy. */
type Copy = Pick<Parameters<typeof putCopy>[1], "content" | "attributes">;

/** Copies of the pair that services have. */
function copiesOf(
  system: System,
  pair: Pair,
  active: ActivePair,
): { readonly certificate: Copy; readonly key: Copy } | undefined {
  if (active.condition !== "sound") {
    const { elsewhere } = active;
    const like = (role: "certificate" | "key"): Attributes =>
      ofKeyCopy(firstAttributes(system, pair, role));
    return elsewhere && {
      certificate: { content: elsewhere.certificateContent, attributes: like("certificate") },
      key: { content: elsewhere.keyContent, attributes: like("key") },
    };
  }
  const { certificate, key } = active.stored;
  return certificate && key && {
    certificate: {
      content: certificate.content,
      attributes: ofCertificateCopy(attributesOf(certificate)),
    },
    key: { content: key.content, attributes: ofKeyCopy(attributesOf(key)) },
  };
}

/** The replaced pair becomes the previous one; otherwise there is none any more. */
async function previousEntries(
  system: System,
  pair: Pair,
  activation: Activation,
): Promise<Entry[]> {
  const { active, by, keepPrevious } = activation;
  // The previous pair of this pair stays.
  if (isRenewed(activation)) return [];
  const previous = await readKeptPair(system.files, pair.previous);
  const replaced = keepPrevious ? copiesOf(system, pair, active) : undefined;
  if (replaced !== undefined) {
    return [
      ...putCopy(pair.previous.certificate, {
        ...replaced.certificate,
        old: previous.certificate,
      }),
      ...putCopy(pair.previous.key, { ...replaced.key, old: previous.key }),
    ];
  }
  // A broken active pair is not worth keeping: the existing previous pair stays.
  return keepPrevious && by === "swap" ? [] : dropPair(previous);
}

/** The requested change, and what recovery has just done. */
interface RecoveredChange {
  readonly recovery: RecoveryReport | undefined;
  readonly active: ActivePair;
  readonly by: ChangeKind;
}

/**
 * If recovery has just finished the requested change after a crash, the request is fulfilled: the caller gets
 * that result instead of an error that there is no pending pair.
 *
 * @returns a proposal with nothing to do; `undefined` if recovery finished another change.
 */
export async function finishedByRecovery(
  system: System,
  pair: Pair,
  { recovery, active, by }: RecoveredChange,
): Promise<SwapProposal | undefined> {
  if (recovery?.outcome !== "rolled-forward" || active.condition !== "sound") return undefined;
  // Every activation records what it was, in the same transaction.
  if (!recovery.targets.includes(pair.state)) return undefined;
  const { state } = await readState(system, pair);
  if (state.lastChange?.by !== by) return undefined;
  return {
    certificate: await summarize(active.loaded.leaf),
    replaced: undefined,
    isChange: false,
    keepsPrevious: false,
    entries: [],
    warnings: [],
  };
}
