/** The journal of a transaction: its format, and how it is written. */
import { type Attributes, type FileSystem, join, nameOf, sha256Hex } from "../system/mod.ts";
import { type Entry, isLinkContent } from "./entry.ts";
import { journalPath, type Site, stagedPath } from "./site.ts";

/**
 * The journal: readable JSON, and a last line with its SHA-256.
 *
 * ```text
 * {
 *   "format": "certswap journal",
 *   "version": 1,
 *   "entries": [
 *     { "kind": "replace", "target": "/etc/tls/key.pem", "old": "9f86...", "new": "60303..." }
 *   ]
 * }
 * sha256 4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865
 * ```
 *
 * Temporary names are not recorded: they follow from the target and the version.
 */
export const journalFormat = "certswap journal";

/**
 * The versions that are obeyed. The lowest possible one is written, so that an older certswap can still obey
 * the journal: it refuses version 2 as a whole.
 */
export const journalVersion = { withoutLinks: 1, withLinks: 2 } as const;

/** The size limit of a journal, in bytes: about a million entries, as many as an import may have. */
export const journalLimit = 256 * 1024 * 1024;

/** One entry as the journal records it: what recovery needs to know to make its target old or new. */
export interface JournalRecord {
  readonly kind: Entry["kind"];
  /** Absolute, links resolved. */
  readonly target: string;
  /**
   * SHA-256 of the old content, for `replace` and `remove`. For `link`: the old link's content, left out if
   * there was none.
   */
  readonly old?: string;
  /** SHA-256 of the new content, for `replace` and `create`. For `link`: the new link's content. */
  readonly new?: string;
  /** Permission bits, for `makeDirectory`. */
  readonly mode?: number;
  /**
   * Of the new file, for a `replace` that changes only owner or mode: the content is the same then.
   */
  readonly attributes?: Attributes;
  readonly onRollback?: "keep";
}

/**
 * The record of an entry.
 *
 * @throws TypeError for a link whose content is not allowed: a defect.
 */
export async function toRecord(entry: Entry): Promise<JournalRecord> {
  const { kind, target } = entry;
  switch (entry.kind) {
    case "replace": {
      const { old, attributes, onRollback } = entry;
      const [before, after] = [await old.hash(), await sha256Hex(entry.content)];
      const record = { kind, target, old: before, new: after };
      const tellsThemApart = record.old === record.new && !attributesEqual(old, attributes);
      const { uid, gid, mode } = attributes;
      return {
        ...record,
        ...(tellsThemApart ? { attributes: { uid, gid, mode } } : {}),
        ...(onRollback === undefined ? {} : { onRollback }),
      };
    }
    case "create":
      return { kind, target, new: await sha256Hex(entry.content) };
    case "remove":
      return { kind, target, old: await entry.old.hash() };
    case "makeDirectory":
      return { kind, target, mode: entry.mode };
    case "link": {
      const { old, content } = entry;
      if (![content, old ?? content].every(isLinkContent)) {
        throw new TypeError(`${target} may not be a link to ${content}, instead of ${old}`);
      }
      return { kind, target, ...(old === undefined ? {} : { old }), new: content };
    }
  }
}

/** Whether two files have the same owner and mode. */
export function attributesEqual(a: Attributes, b: Attributes): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.mode === b.mode;
}

/**
 * The journal's bytes (UTF-8) for these records. They are parsed again before they count: a journal that
 * recovery refuses would leave a change half done.
 *
 * @throws TypeError if recovery would read something else than was written: a defect.
 */
export async function encodeJournal(
  site: Site,
  records: readonly JournalRecord[],
): Promise<Uint8Array> {
  const entries = records.map((record) => ({
    ...record,
    target: toJournalName(site, record.target),
  }));
  const hasLinks = records.some(({ kind }) => kind === "link");
  const version = hasLinks ? journalVersion.withLinks : journalVersion.withoutLinks;
  const journal = { format: journalFormat, version, entries };
  const content = await encodeWithChecksum(JSON.stringify(journal, null, 2) + "\n");
  const { decodeJournal } = await import("./recovery/journal_reader.ts");
  let read: readonly JournalRecord[];
  try {
    read = await decodeJournal(site, content);
  } catch (cause) {
    throw new TypeError("the journal cannot be read back", { cause });
  }
  const isSame = content.length <= journalLimit && read.length === records.length &&
    read.every((record, index) => recordsEqual(record, records[index]));
  if (!isSame) throw new TypeError("the journal is not read back as it was");
  return content;
}

function recordsEqual(a: JournalRecord, b: JournalRecord | undefined): boolean {
  return b !== undefined && a.kind === b.kind && a.target === b.target && a.old === b.old &&
    a.new === b.new && a.mode === b.mode && a.onRollback === b.onRollback &&
    (a.attributes === undefined || b.attributes === undefined
      ? a.attributes === b.attributes
      : attributesEqual(a.attributes, b.attributes));
}

/** `text` and a line with its checksum. */
export async function encodeWithChecksum(text: string): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  return encoder.encode(`${text}sha256 ${await sha256Hex(encoder.encode(text))}\n`);
}

/** Where the journal is written before its rename puts it into effect. */
export function journalDraftPath(site: Site): string {
  return stagedPath(journalPath(site));
}

/** Whether there is a journal: a transaction that was committed but not finished. */
export function hasJournal(files: FileSystem, site: Site): boolean {
  return files.readDirectory(site.stateDirectory).includes(nameOf(journalPath(site)));
}

function toJournalName(site: Site, target: string): string {
  const prefix = site.base === undefined ? undefined : join(site.base, "");
  return prefix !== undefined && target.startsWith(prefix) ? target.slice(prefix.length) : target;
}
