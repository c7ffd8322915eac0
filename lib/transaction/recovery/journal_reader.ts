/** Reads the journal: it is obeyed as written, or refused. */
import * as v from "valibot";
import {
  directoryOf,
  type FileContent,
  type FileSystem,
  FileTooLargeError,
  join,
  nameOf,
  readRegularFile,
  sha256Hex,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { isLinkContent } from "../entry.ts";
import { JournalRefusedError } from "../errors.ts";
import { journalFormat, journalLimit, type JournalRecord, journalVersion } from "../journal.ts";
import { journalPath, type Site } from "../site.ts";
import { reasonForDistrust } from "../state_directory.ts";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const permissions = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o7777));
const id = v.pipe(v.number(), v.integer(), v.minValue(0));

const linkContent = v.pipe(v.string(), v.check(isLinkContent));

const entryShapes = [
  v.strictObject({
    kind: v.literal("replace"),
    target: v.string(),
    old: hash,
    new: hash,
    attributes: v.exactOptional(v.strictObject({ uid: id, gid: id, mode: permissions })),
    onRollback: v.exactOptional(v.literal("keep")),
  }),
  v.strictObject({ kind: v.literal("create"), target: v.string(), new: hash }),
  v.strictObject({ kind: v.literal("remove"), target: v.string(), old: hash }),
  v.strictObject({
    kind: v.literal("makeDirectory"),
    target: v.string(),
    mode: permissions,
  }),
] as const;

const linkShape = v.strictObject({
  kind: v.literal("link"),
  target: v.string(),
  old: v.exactOptional(linkContent),
  new: linkContent,
});

const journalShape = v.variant("version", [
  v.strictObject({
    format: v.literal(journalFormat),
    version: v.literal(journalVersion.withoutLinks),
    entries: v.pipe(v.array(v.variant("kind", entryShapes)), v.minLength(1)),
  }),
  v.strictObject({
    format: v.literal(journalFormat),
    version: v.literal(journalVersion.withLinks),
    entries: v.pipe(v.array(v.variant("kind", [...entryShapes, linkShape])), v.minLength(1)),
  }),
]);

const versionShape = v.object({ format: v.literal(journalFormat), version: v.number() });

/**
 * Reads the journal of a site. It is obeyed as written, or refused; nothing is guessed.
 *
 * Loaded only when a journal is read or written: it brings valibot with it.
 *
 * @throws JournalRefusedError if it is not a regular file, torn, of another version, not the caller's or
 *   root's, writable by others, or names a target that this site does not manage.
 */
export async function readJournal(system: System, site: Site): Promise<readonly JournalRecord[]> {
  const path = journalPath(site);
  const { content, info } = await readWithinLimit(system.files, path);
  const distrust = reasonForDistrust(system, info);
  if (distrust !== undefined) throw new JournalRefusedError(path, distrust);
  return await decodeJournal(site, content);
}

/**
 * The records in the bytes of a journal.
 *
 * @throws JournalRefusedError if they are torn, of another version, or name a target that the site does not
 *   manage.
 */
export async function decodeJournal(
  site: Site,
  content: Uint8Array,
): Promise<readonly JournalRecord[]> {
  const path = journalPath(site);
  const { entries } = parse(path, await checkedText(path, content));
  return entries.map((entry) => {
    const target = site.base === undefined ? entry.target : join(site.base, entry.target);
    if (!site.manages(target)) {
      const reason = isMoved(site, target) ? "moved-target" : "foreign-target";
      throw new JournalRefusedError(path, reason, { detail: entry.target });
    }
    return { ...entry, target };
  });
}

/**
 * Whether a target has the same name as one of the site's own, in another directory: the disk was mounted
 * elsewhere. The files there now may be different ones, so the journal is not obeyed for them.
 */
function isMoved(site: Site, target: string): boolean {
  const isResolved = target.startsWith("/") &&
    target.slice(1).split("/").every((name) => !["", ".", ".."].includes(name));
  return isResolved && site.base === undefined && !site.directories.includes(directoryOf(target)) &&
    site.directories.some((directory) => site.manages(join(directory, nameOf(target))));
}

async function checkedText(path: string, content: Uint8Array): Promise<string> {
  const lines = decode(path, content).match(/^(?<text>[^]*\n)sha256 (?<sum>[0-9a-f]{64})\n$/);
  const { text, sum } = lines?.groups ?? {};
  if (text === undefined || sum !== await sha256Hex(new TextEncoder().encode(text))) {
    throw new JournalRefusedError(path, "torn");
  }
  return text;
}

async function readWithinLimit(files: FileSystem, path: string): Promise<FileContent> {
  try {
    // A link is refused: certswap never creates the journal as one.
    return await readRegularFile(files, path, journalLimit);
  } catch (error) {
    if (error instanceof FileTooLargeError) throw new JournalRefusedError(path, "too-large");
    if (error instanceof WrongFileKindError) {
      throw new JournalRefusedError(path, "not-a-file", { detail: error.found });
    }
    throw error;
  }
}

function decode(path: string, content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new JournalRefusedError(path, "torn", { cause });
  }
}

function parse(path: string, text: string): v.InferOutput<typeof journalShape> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new JournalRefusedError(path, "torn", { cause });
  }
  const result = v.safeParse(journalShape, json);
  if (result.success) return result.output;
  const version = v.safeParse(versionShape, json);
  const known: readonly number[] = Object.values(journalVersion);
  if (version.success && !known.includes(version.output.version)) {
    throw new JournalRefusedError(path, "version", { detail: String(version.output.version) });
  }
  throw new JournalRefusedError(path, "torn");
}
