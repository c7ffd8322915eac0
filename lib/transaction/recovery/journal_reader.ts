/** Reading the journal: it is obeyed as written, or refused. */
import * as v from "valibot";
import {
  type FileContent,
  type FileSystem,
  FileTooLargeError,
  join,
  readRegularFile,
  sha256Hex,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { JournalRefusedError } from "../errors.ts";
import { journalFormat, journalLimit, type JournalRecord, journalVersion } from "../journal.ts";
import { journalPath, type Site } from "../site.ts";
import { reasonForDistrust } from "../state_directory.ts";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const permissions = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o7777));
const id = v.pipe(v.number(), v.integer(), v.minValue(0));

const entryShape = v.variant("kind", [
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
]);

const journalShape = v.strictObject({
  format: v.literal(journalFormat),
  version: v.literal(journalVersion),
  entries: v.pipe(v.array(entryShape), v.minLength(1)),
});

const versionShape = v.object({ format: v.literal(journalFormat), version: v.number() });

/**
 * Reads the journal of a site. It is obeyed as written or refused, never guessed at.
 *
 * Loaded only where there is a journal, which is almost never: it brings valibot with it.
 *
 * @throws JournalRefusedError where it is torn, of another version, not the caller's or root's,
 *   writable by others, or names a target that this site does not manage.
 */
export async function readJournal(system: System, site: Site): Promise<readonly JournalRecord[]> {
  const path = journalPath(site);
  const text = await readChecked(system, path);
  const { entries } = parse(path, text);
  return entries.map((entry) => {
    const target = site.base === undefined ? entry.target : join(site.base, entry.target);
    if (!site.manages(target)) {
      throw new JournalRefusedError(path, "foreign-target", { detail: entry.target });
    }
    return { ...entry, target };
  });
}

async function readChecked(system: System, path: string): Promise<string> {
  const { content, info } = await readWithinLimit(system.files, path);
  const distrust = reasonForDistrust(system, info);
  if (distrust !== undefined) throw new JournalRefusedError(path, distrust);
  const lines = decode(path, content).match(/^(?<text>[^]*\n)sha256 (?<sum>[0-9a-f]{64})\n$/);
  const { text, sum } = lines?.groups ?? {};
  if (text === undefined || sum !== await sha256Hex(new TextEncoder().encode(text))) {
    throw new JournalRefusedError(path, "torn");
  }
  return text;
}

async function readWithinLimit(files: FileSystem, path: string): Promise<FileContent> {
  try {
    // A link is refused rather than followed: certswap never makes the journal one.
    return await readRegularFile(files, path, journalLimit);
  } catch (error) {
    if (error instanceof FileTooLargeError) throw new JournalRefusedError(path, "too-large");
    if (error instanceof WrongFileKindError) throw new JournalRefusedError(path, "torn");
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
  if (version.success && version.output.version !== journalVersion) {
    throw new JournalRefusedError(path, "version", { detail: String(version.output.version) });
  }
  throw new JournalRefusedError(path, "torn");
}
