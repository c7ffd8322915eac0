/** Prepares the changes of `ca check --repair` to a data directory. */
import { type FileSystem, join } from "../../../system/mod.ts";
import { type CreateEntry, type ReplaceEntry, takeSnapshot } from "../../../transaction/mod.ts";
import { compareSerials, encodePem } from "../../../x509/mod.ts";
import type { DetailsCorrection, Finding, RecordPatch } from "../finding.ts";
import type { CertificateRecord } from "../store.ts";
import { encodeCounter } from "./counter.ts";
import { type DataDirectory, ownAttributes } from "../files/mod.ts";
import { appendToDetails, detailsLimit } from "./details/mod.ts";
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
  /** Findings for which `isMendable` is true. */
  readonly findings: readonly Finding[];
  readonly readEntries: () => Promise<readonly IndexEntry[]>;
}

/** The new content of a file, made from the old one. */
type Make = (old: Uint8Array | undefined) => Uint8Array;

/**
 * The changed files in the order of signing: counters, certificates, their details, the index; then CRLs, and
 * files with only a new mode.
 */
export async function mendedFiles(
  files: FileSystem,
  directory: DataDirectory,
  { findings, readEntries }: Mending,
): Promise<(CreateEntry | ReplaceEntry)[]> {
  const contents = new Map<string, Make>();
  for (const finding of findings) {
    if ("next" in finding) contents.set(finding.name, () => encodeCounter(finding.next ?? 0n));
  }
  for (const finding of findings) {
    if (finding.code !== "unknown-certificate") continue;
    const pem = encodePem("CERTIFICATE", finding.der);
    contents.set(`certs/${finding.serial}.pem`, () => pem);
  }
  const lines = findings.flatMap((finding): readonly DetailsCorrection[] =>
    "corrections" in finding ? finding.corrections : []
  );
  if (lines.length > 0) {
    const path = directory.paths.details;
    contents.set(
      "details.jsonl",
      (old) => appendToDetails(old, { lines, path, room: detailsLimit }),
    );
  }
  const patches = findings.flatMap((finding) => "patch" in finding ? [finding.patch] : []);
  if (patches.length > 0) {
    const merged = merge(await readEntries(), patches);
    requireReadBack(merged);
    contents.set("index.json", () => encodeIndex(merged));
  }
  for (const finding of findings) {
    if (finding.code !== "crl-copy" || finding.content === undefined) continue;
    const { content } = finding;
    contents.set(finding.name, () => content);
  }
  const modes = new Map<string, number>();
  for (const finding of findings) {
    if (finding.code === "open-mode") modes.set(finding.name, finding.wanted);
  }
  const names = [...new Set([...contents.keys(), ...modes.keys()])];
  return await Promise.all(names.map((name) => {
    const target = join(directory.paths.directory, name);
    const wanted = { target, make: contents.get(name), mode: modes.get(name) };
    return mendedFile(files, directory, wanted);
  }));
}

interface MendedFile {
  readonly target: string;
  /** `undefined` keeps the old content. */
  readonly make: Make | undefined;
  readonly mode: number | undefined;
}

async function mendedFile(
  files: FileSystem,
  directory: DataDirectory,
  { target, make, mode }: MendedFile,
): Promise<CreateEntry | ReplaceEntry> {
  const old = await takeSnapshot(files, target, indexLimit);
  const attributes = { ...(old?.snapshot ?? ownAttributes(files, directory)) };
  if (mode !== undefined) attributes.mode = mode;
  const content = make?.(old?.content) ?? old?.content ?? new Uint8Array();
  const mended = { target, content, attributes };
  return old === undefined
    ? { kind: "create", ...mended }
    : { kind: "replace", ...mended, old: old.snapshot };
}

/**
 * Entries and patches, in the order of issue: that of the serial numbers; with random numbers, that of the
 * index, with an added entry after those that became valid before it.
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
