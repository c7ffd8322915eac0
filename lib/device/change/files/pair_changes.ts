/** The entries that make a pair the one that services read: its own files, and everything made from it. */
import type { System } from "../../../system/mod.ts";
import { type Entry, takeSnapshot } from "../../../transaction/mod.ts";
import { writeCombined } from "../../../x509/mod.ts";
import { PublicFileClosedError } from "../../errors.ts";
import {
  type ActivePair,
  attributesOf,
  combinedFileLimit,
  firstAttributes,
  likeKey,
  type LoadedPair,
  type OutputRecord,
  type Pair,
  put,
  putSecret,
} from "../../pair/mod.ts";
import type { NewVersion } from "../../pair/flip/mod.ts";
import { servedFiles } from "../../pair/outputs/mod.ts";

/** A pair, and what it replaces. */
interface PairChangeOptions {
  readonly next: LoadedPair;
  readonly active: ActivePair;
  /** What the state says of the outputs. */
  readonly records: readonly OutputRecord[];
}

/** The change of the files that services read. */
export interface PairChanges {
  /** None if they already contain this pair. */
  readonly entries: readonly Entry[];
  /** For a flip: the version that has to be complete before the transaction. */
  readonly version: NewVersion | undefined;
  /** For the state. */
  readonly records: readonly OutputRecord[];
}

/**
 * The change that makes `next` the pair that services read: the combined file and the outputs first, then the
 * key, then the certificate. Reads only.
 *
 * @throws the errors of making the outputs, and of reading what is replaced.
 */
export async function pairChanges(
  system: System,
  pair: Pair,
  options: PairChangeOptions,
): Promise<PairChanges> {
  const combined = await combinedEntries(system, pair, options);
  // Loaded only for a pair that has outputs.
  const outputs = pair.outputs.length === 0
    ? { entries: [], records: [] }
    : await (await import("../../pair/outputs/entries.ts")).outputEntries(system, pair, options);
  const others = [...combined, ...outputs.entries];
  const { records } = outputs;
  if (pair.shape === "flip") {
    const { flipChange } = await import("./flip_change.ts");
    const { version, records: inside } = await flipChange(system, pair, {
      ...options,
      content: options.next,
    });
    const link = version === undefined ? [] : [version.entry];
    return { entries: [...others, ...link], version, records: [...records, ...inside] };
  }
  const own = ownEntries(system, pair, options);
  return { entries: [...others, ...own], version: undefined, records };
}

/** The pair's own files: two, or one that holds both. */
function ownEntries(
  system: System,
  pair: Pair,
  { next, active: { stored } }: PairChangeOptions,
): Entry[] {
  const { rights } = pair;
  const key = {
    old: stored.key,
    first: stored.key ? attributesOf(stored.key) : firstAttributes(system, pair, "key"),
    rights: rights.key,
  };
  if (pair.shape === "combined") {
    const content = writeCombined(next.key, next);
    return putSecret(pair.active.key, { ...key, content, old: stored.home });
  }
  return [
    ...putSecret(pair.active.key, { ...key, content: next.keyContent }),
    ...put(pair.active.certificate, {
      content: next.certificateContent,
      old: stored.certificate,
      first: firstAttributes(system, pair, "certificate"),
      rights: rights.certificate,
    }),
  ];
}

async function combinedEntries(
  system: System,
  pair: Pair,
  { next, active }: PairChangeOptions,
): Promise<Entry[]> {
  if (pair.combined === undefined) return [];
  const old = await takeSnapshot(system.files, pair.combined, combinedFileLimit);
  return putSecret(pair.combined, {
    content: writeCombined(next.key, next),
    old,
    first: likeKey(system, pair, active.stored),
    rights: pair.rights.key,
  });
}

/** The files that will contain a key, and that not everyone can read any more. */
export function closedFiles(
  pair: Pair,
  entries: readonly Entry[],
): PublicFileClosedError[] {
  const secret = servedFiles(pair).flatMap(({ isSecret, path }) => isSecret ? [path] : []);
  return entries.flatMap((entry) => {
    if (!secret.includes(entry.target) || entry.kind !== "replace") return [];
    const isClosed = (entry.old.mode & ~entry.attributes.mode & 0o004) !== 0;
    return isClosed ? [new PublicFileClosedError(entry.target)] : [];
  });
}
