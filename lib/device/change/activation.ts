/** Making a pair the active one: the entries that swap and rollback share, in the order that limits the harm. */
import { statIfPresent, type System } from "../../system/mod.ts";
import { type Entry, type RecoveryReport, takeSnapshot } from "../../transaction/mod.ts";
import { writeCombined } from "../../x509/mod.ts";
import type { Proposal } from "./change.ts";
import type { ActivePair } from "../pair/active_pair.ts";
import { combinedFileLimit } from "../pair/combined_file.ts";
import { CombinedLeftBehindError } from "../errors.ts";
import { attributesOf, dropPair, firstAttributes, firstMode, put } from "../pair/entries.ts";
import { type CertificateSummary, summarize } from "../pair/summary.ts";
import { type LoadedPair, readStoredPair } from "../pair/read_pair.ts";
import type { Pair } from "../pair/layout.ts";
import {
  type ChangeKind,
  encodeState,
  type PairState,
  readState,
  withChange,
} from "../pair/state.ts";

/** A pair that is about to become the active one. */
export interface SwapProposal extends Proposal {
  readonly certificate: CertificateSummary;
  /** The certificate that is replaced, where the active pair is sound. */
  readonly replaced: CertificateSummary | undefined;
  /** `false`: this very pair is active already, and stays so. */
  readonly isChange: boolean;
  /** Whether the replaced pair is kept as the previous one. */
  readonly keepsPrevious: boolean;
}

/** A pair that is to be made active in the place of another. */
export interface Activation {
  readonly next: LoadedPair;
  readonly active: ActivePair;
  readonly by: ChangeKind;
  /** SHA-256 of the leaf, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** What else is written down with it. */
  readonly also?: (state: PairState) => PairState;
}

/**
 * The entries that make `next` active: combined file, key, certificate. A reader of the combined file
 * never sees a mix, and a service that reloads between the other two keeps the certificate it has.
 *
 * @returns none where it is active already.
 */
export async function activationEntries(
  system: System,
  pair: Pair,
  { next, active }: Activation,
): Promise<Entry[]> {
  const { stored } = active;
  const combined = await combinedEntries(system, pair, { next, active });
  return [
    ...combined,
    ...put(pair.active.key, {
      content: next.keyContent,
      old: stored.key,
      first: firstAttributes(system, pair, firstMode.key),
    }),
    ...put(pair.active.certificate, {
      content: next.certificateContent,
      old: stored.certificate,
      first: firstAttributes(system, pair, firstMode.certificate),
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
  const first = active.stored.key
    ? attributesOf(active.stored.key)
    : firstAttributes(system, pair, firstMode.combined);
  return put(pair.combined, { content: writeCombined(next.key, next), old, first });
}

/** The entry that writes down a change, and what is remarkable about what was written before. */
export async function stateEntries(
  system: System,
  pair: Pair,
  { by, fingerprint, also = (state) => state }: Activation,
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
      content: encodeState(also(withChange(state, change))),
      old: stored,
      first: firstAttributes(system, pair, firstMode.state),
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

/**
 * The entries for the previous pair: the one that is replaced now is kept as it, or there is none any more.
 *
 * A broken active pair is nothing to go back to: the previous pair that there is stays then.
 */
export async function previousEntries(
  { files }: System,
  pair: Pair,
  { active, keep }: { readonly active: ActivePair; readonly keep: boolean },
): Promise<Entry[]> {
  const previous = await readStoredPair(files, pair.previous);
  if (!keep) return dropPair(previous);
  const { certificate, key } = active.stored;
  if (active.condition !== "sound" || certificate === undefined || key === undefined) return [];
  return [
    ...put(pair.previous.certificate, {
      content: certificate.content,
      old: previous.certificate,
      first: attributesOf(certificate),
    }),
    ...put(pair.previous.key, {
      content: key.content,
      old: previous.key,
      first: attributesOf(key),
    }),
  ];
}

/** What was asked for, and what recovery has just done. */
export interface Finished {
  readonly recovery: RecoveryReport | undefined;
  readonly active: ActivePair;
  readonly by: ChangeKind;
}

/**
 * A change that a crash cut short, that is asked for again, and that recovery has finished just now:
 * whoever calls again has what was asked for, and not an error that there is nothing to swap in any more.
 *
 * @returns a proposal with nothing to do, `undefined` where it was not this change that was finished.
 */
export async function finishedByRecovery(
  system: System,
  pair: Pair,
  { recovery, active, by }: Finished,
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
