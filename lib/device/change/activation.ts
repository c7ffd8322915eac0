/** Making a pair the active one: every swap, rollback, renewal and way back is put together here. */
import { statIfPresent, type System } from "../../system/mod.ts";
import { type Entry, type RecoveryReport, takeSnapshot } from "../../transaction/mod.ts";
import { writeCombined } from "../../x509/mod.ts";
import { CombinedLeftBehindError, PublicFileClosedError } from "../errors.ts";
import {
  type ActivePair,
  attributesOf,
  type CertificateSummary,
  type ChangeKind,
  combinedFileLimit,
  dropPair,
  encodeState,
  firstAttributes,
  isPublicWithoutKey,
  type LoadedPair,
  ofCertificateCopy,
  ofKeyCopy,
  type Pair,
  type PairState,
  put,
  putCopy,
  putSecret,
  readKeptPair,
  readState,
  summarize,
  withChange,
} from "../pair/mod.ts";
import type { Proposal } from "./change.ts";

/** A pair that is about to become the active one. */
export interface SwapProposal extends Proposal {
  readonly certificate: CertificateSummary;
  /** The certificate that is replaced, if the active pair is sound. */
  readonly replaced: CertificateSummary | undefined;
  /** `false`: this very pair is active already, and stays so. */
  readonly isChange: boolean;
  /** Whether the replaced pair is kept as the previous one. */
  readonly keepsPrevious: boolean;
}

/** A pair that is to be made active, and what else belongs to the same transaction. */
interface Activation {
  readonly next: LoadedPair;
  readonly active: ActivePair;
  /** A rollback uses up the previous pair; a swap only replaces it. */
  readonly by: ChangeKind;
  /** Whether the pair that is replaced is kept for a rollback. A broken one never is. */
  readonly keepPrevious: boolean;
  /**
   * The entries for what belongs to it beside the pair: the pending pair and the request that it uses up, or
   * the pair that was active, kept as the pending one.
   */
  readonly beside?: readonly Entry[];
  /** What a rotation writes down with it, even if the pair is active already. */
  readonly also?: (state: PairState) => PairState;
}

/**
 * Puts together the change that makes `next` the active pair. Its entries are applied in this order:
 *
 * 1. the combined file, the key, the certificate: a reader of the combined file never sees a mix, and a
 *    service that reloads between the other two keeps the certificate it has
 * 2. the state
 * 3. the pending pair and the request, as far as they change
 * 4. the previous pair
 *
 * @throws the errors of reading what is replaced. Nothing is written.
 */
export async function proposeActivation(
  system: System,
  pair: Pair,
  activation: Activation,
): Promise<SwapProposal> {
  const { next, active, by, keepPrevious, beside = [], also } = activation;
  const certificate = await summarize(next.leaf);
  const replaced = active.condition === "sound" ? await summarize(active.loaded.leaf) : undefined;
  const changes = await pairEntries(system, pair, activation);
  const isChange = changes.length > 0;
  const broken = active.condition === "broken" ? [active.defect] : [];
  const warnings = [...broken, ...closedFiles(pair, changes)];
  const isWritten = isChange || also !== undefined;
  if (!isWritten && by === "swap") {
    // What was previous to this pair stays so.
    const nothing = { isChange, keepsPrevious: false, entries: beside, warnings };
    return { certificate, replaced, ...nothing };
  }
  const state = await stateEntries(system, pair, {
    by,
    fingerprint: certificate.fingerprint,
    also,
  });
  return {
    certificate,
    replaced,
    isChange,
    keepsPrevious: keepPrevious && active.condition === "sound",
    entries: [
      ...changes,
      ...(isWritten ? state.entries : []),
      ...beside,
      ...await previousEntries(system, pair, activation),
    ],
    warnings: [...warnings, ...state.warnings],
  };
}

/** The files that services read. None if they hold this pair already. */
async function pairEntries(
  system: System,
  pair: Pair,
  { next, active }: Activation,
): Promise<Entry[]> {
  const { stored } = active;
  const combined = await combinedEntries(system, pair, { next, active });
  return [
    ...combined,
    ...putSecret(pair.active.key, {
      content: next.keyContent,
      old: stored.key,
      first: stored.key ? attributesOf(stored.key) : firstAttributes(system, pair, "key"),
    }),
    ...put(pair.active.certificate, {
      content: next.certificateContent,
      old: stored.certificate,
      first: firstAttributes(system, pair, "certificate"),
    }),
  ];
}

async function combinedEntries(
  system: System,
  pair: Pair,
  { next, active }: Pick<Activation, "next" | "active">,
): Promise<Entry[]> {
  if (pair.combined === undefined) return [];
  const old = await takeSnapshot(system.files, pair.combined, combinedFileLimit);
  // It holds the key: whoever may read the key's own file may read it, and nobody else.
  const { key } = active.stored;
  const first = key && !isPublicWithoutKey(key)
    ? attributesOf(key)
    : firstAttributes(system, pair, "combined");
  return putSecret(pair.combined, { content: writeCombined(next.key, next), old, first });
}

/** The files that hold a key from now on, and that not everybody can read any more. */
function closedFiles(
  { active, combined }: Pair,
  entries: readonly Entry[],
): PublicFileClosedError[] {
  return entries.flatMap((entry) => {
    const isSecret = entry.target === active.key || entry.target === combined;
    if (!isSecret || entry.kind !== "replace") return [];
    const isClosed = (entry.old.mode & ~entry.attributes.mode & 0o004) !== 0;
    return isClosed ? [new PublicFileClosedError(entry.target)] : [];
  });
}

/** The entry that writes down the change, and what is remarkable about what was written before. */
async function stateEntries(
  system: System,
  pair: Pair,
  { by, fingerprint, also = (state) => state }: {
    readonly by: ChangeKind;
    readonly fingerprint: string;
    readonly also: Activation["also"] | undefined;
  },
): Promise<{ readonly entries: readonly Entry[]; readonly warnings: readonly unknown[] }> {
  const { state, stored, isReplaceable, warning } = await readState(system, pair);
  const earlier = state.lastChange?.combined;
  const forgotten = earlier === pair.combined ? undefined : earlier;
  const combined = pair.combined ?? forgotten;
  const change = {
    at: system.clock.now(),
    by,
    fingerprint,
    // Kept although it is not given, so that the next run is warned, too.
    ...(combined === undefined ? {} : { combined }),
  };
  const entries = isReplaceable
    ? put(pair.state, {
      content: await encodeState(also(withChange(state, change))),
      old: stored,
      first: firstAttributes(system, pair, "state"),
    })
    : [];
  return {
    entries,
    warnings: [
      ...(warning === undefined ? [] : [warning]),
      ...(forgotten === undefined || statIfPresent(system.files, forgotten) === undefined
        ? []
        : [new CombinedLeftBehindError(forgotten)]),
    ],
  };
}

/** The pair that is replaced becomes the previous one, or there is none any more. */
async function previousEntries(
  { files }: System,
  pair: Pair,
  { active, by, keepPrevious }: Activation,
): Promise<Entry[]> {
  const previous = await readKeptPair(files, pair.previous);
  const { certificate, key } = active.stored;
  if (keepPrevious && active.condition === "sound" && certificate && key) {
    return [
      ...putCopy(pair.previous.certificate, {
        content: certificate.content,
        old: previous.certificate,
        attributes: ofCertificateCopy(attributesOf(certificate)),
      }),
      ...putCopy(pair.previous.key, {
        content: key.content,
        old: previous.key,
        attributes: ofKeyCopy(attributesOf(key)),
      }),
    ];
  }
  // A broken active pair is nothing to go back to: the previous pair that there is stays then.
  return keepPrevious && by === "swap" ? [] : dropPair(previous);
}

/** What was asked for, and what recovery has just done. */
interface RecoveredChange {
  readonly recovery: RecoveryReport | undefined;
  readonly active: ActivePair;
  readonly by: ChangeKind;
}

/**
 * A change that a crash cut short, that is asked for again, and that recovery has finished just now: the
 * caller has what was asked for, and not an error that there is nothing to swap in any more.
 *
 * @returns a proposal with nothing to do, `undefined` if it was not this change that was finished.
 */
export async function finishedByRecovery(
  system: System,
  pair: Pair,
  { recovery, active, by }: RecoveredChange,
): Promise<SwapProposal | undefined> {
  if (recovery?.outcome !== "rolled-forward" || active.condition !== "sound") return undefined;
  // Whatever makes a pair active writes down what it was, in the same transaction.
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
