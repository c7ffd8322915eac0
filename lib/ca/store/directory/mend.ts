/** Prepares the changes of `ca check --repair` to a data directory. */
import { type FileSystem, join } from "../../../system/mod.ts";
import { type CreateEntry, type ReplaceEntry, takeSnapshot } from "../../../transaction/mod.ts";
import { compareSerials } from "../../../x509/mod.ts";
import type { Problem, RecordPatch } from "../finding.ts";
import type { CertificateRecord } from "../store.ts";
import { encodeCounter } from "./counter.ts";
import { type DataDirectory, ownAttributes } from "./data_directory.ts";
import {
  encodeIndex,
  type IndexEntry,
  indexLimit,
  requireReadBack,
  toEntry,
  toRecord,
} from "./index_file.ts";

/** What to repair. */
interface Mending {
  /** Problems for which `isMendable` is true. */
  readonly problems: readonly Problem[];
  readonly readEntries: () => Promise<readonly IndexEntry[]>;
}

/** The changed files: counters first, as when signing; then the index; then files with only a new mode. */
export async function mendedFiles(
  files: FileSystem,
  directory: DataDirectory,
  { problems, readEntries }: Mending,
): Promise<(CreateEntry | ReplaceEntry)[]> {
  const contents = new Map<string, Uint8Array>();
  for (const problem of problems) {
    if ("next" in problem) contents.set(problem.name, encodeCounter(problem.next ?? 0n));
  }
  const patches = problems.flatMap((problem) => "patch" in problem ? [problem.patch] : []);
  if (patches.length > 0) {
    const merged = merge(await readEntries(), patches);
    requireReadBack(merged);
    contents.set("index.json", encodeIndex(merged));
  }
  const modes = new Map<string, number>();
  for (const problem of problems) {
    if (problem.code === "open-mode") modes.set(problem.name, problem.wanted);
  }
  const names = [...new Set([...contents.keys(), ...modes.keys()])];
  return await Promise.all(names.map((name) => {
    const target = join(directory.paths.directory, name);
    const wanted = { target, content: contents.get(name), mode: modes.get(name) };
    return mendedFile(files, directory, wanted);
  }));
}

interface MendedFile {
  readonly target: string;
  /** The new content; `undefined` keeps the old. */
  readonly content: Uint8Array | undefined;
  readonly mode: number | undefined;
}

async function mendedFile(
  files: FileSystem,
  directory: DataDirectory,
  { target, content, mode }: MendedFile,
): Promise<CreateEntry | ReplaceEntry> {
  const old = await takeSnapshot(files, target, indexLimit);
  const attributes = { ...(old?.snapshot ?? ownAttributes(files, directory)) };
  if (mode !== undefined) attributes.mode = mode;
  const mended = { target, content: content ?? old?.content ?? new Uint8Array(), attributes };
  return old === undefined
    ? { kind: "create", ...mended }
    : { kind: "replace", ...mended, old: old.snapshot };
}

/**
 * Entries and patches, in the order of issue: that of the serial numbers; with random numbers, that of the index,
 * with an added entry after those that became valid before it.
 */
function merge(entries: readonly IndexEntry[], patches: readonly RecordPatch[]): IndexEntry[] {
  const merged = new Map(entries.map((entry) => [entry.serial, entry]));
  for (const patch of patches) {
    const old = merged.get(patch.serial);
    // A patch for a missing record is always complete.
    const record = { ...(old && toRecord(old)), ...patch } as CertificateRecord;
    merged.set(patch.serial, toEntry(record));
  }
  const all = [...merged.values()];
  if (isInOrder(entries, bySerial)) return all.sort(bySerial);
  // The added ones are last in `merged`. If the dates are out of order, no place is better than another.
  return isInOrder(entries, byDate) ? all.sort(byDate) : all;
}

type Compare = (a: IndexEntry, b: IndexEntry) => number;

const bySerial: Compare = (a, b) => compareSerials(a.serial, b.serial);

/** Times of this form sort as text. */
const byDate: Compare = (a, b) =>
  a["not_before"] < b["not_before"] ? -1 : a["not_before"] > b["not_before"] ? 1 : 0;

function isInOrder(entries: readonly IndexEntry[], compare: Compare): boolean {
  return entries.every((entry, index) => {
    const next = entries[index + 1];
    return next === undefined || compare(entry, next) <= 0;
  });
}
