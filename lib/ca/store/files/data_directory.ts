/** The files of a CA's data directory: their paths, owners and modes. */
import {
  type Attributes,
  directoryOf,
  type FileContent,
  type FileSystem,
  ifPresent,
  isErrno,
  join,
  nameOf,
  readGivenFile,
  readStartOfFile,
  requireTrustedPlaces,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../../../system/mod.ts";
import {
  type CreateEntry,
  type ReplaceEntry,
  type Site,
  type Snapshot,
  snapshotWithoutContent,
  takeSnapshot,
} from "../../../transaction/mod.ts";
import { crlFileLimit, isSerial } from "../../../x509/mod.ts";
import { isShard } from "../shards/mod.ts";
import type { Presence } from "../store.ts";

/** The absolute paths of a CA's files. */
export interface CaPaths {
  readonly directory: string;
  readonly key: string;
  readonly certificate: string;
  /** The certificates above `certificate`, of an intermediate CA. */
  readonly chain: string;
  /** Older certificates of this CA with the same key. */
  readonly previous: string;
  /** Certificates of other CAs that clients get with those of this one. */
  readonly bundle: string;
  /** What `ca rollover` has recorded. */
  readonly rollover: string;
  /** The request of a CA that is not signed yet. */
  readonly request: string;
  readonly crl: string;
  /** The same CRL, DER. */
  readonly derCrl: string;
  /** The number of the CRL that the publish hook was last run for. */
  readonly publishedCrl: string;
  /** Says which kind of store the CA has; missing for a directory. */
  readonly storeFile: string;
  /** The database of an SQLite store. */
  readonly database: string;
  readonly settings: string;
  readonly serial: string;
  readonly crlNumber: string;
  readonly index: string;
  /** More about each certificate than fits into `index`. */
  readonly details: string;
  /** The newest part of the history. */
  readonly history: string;
  /** The directory of the older parts. */
  readonly segments: string;
  /** The addresses of shards. */
  readonly shards: string;
  /** The directory of the CRLs of shards. */
  readonly shardCrls: string;
  /** One-time secrets, and requests that wait. */
  readonly enrolments: string;
  /** The directory of issued certificates. */
  readonly certificates: string;
}

/** An existing data directory. */
export interface DataDirectory {
  /** As given by the caller, for messages. */
  readonly written: string;
  readonly paths: CaPaths;
  readonly site: Site;
}

/**
 * Finds a data directory.
 *
 * @returns `undefined` if nothing exists at that path.
 * @throws WrongFileKindError if it is not a directory; FileSystemError
 */
export function findDataDirectory(files: FileSystem, written: string): DataDirectory | undefined {
  const directory = ifPresent(() => files.realPath(written));
  if (directory === undefined) return undefined;
  const { kind } = files.stat(directory);
  if (kind !== "directory") throw new WrongFileKindError(written, "directory", kind);
  const paths = pathsIn(directory);
  return { written, paths, site: siteOf(paths) };
}

/** The path of the certificate with this serial number (formatted by `formatSerial`). */
export function certificatePath(
  { certificates }: Pick<CaPaths, "certificates">,
  serial: string,
): string {
  return join(certificates, `${serial}.pem`);
}

/** The serial number in the name of a file in `certs/`; `undefined` if the name has another form. */
export function serialOfFileName(name: string): string | undefined {
  const serial = name.endsWith(".pem") ? name.slice(0, -".pem".length) : "";
  return isSerial(serial) ? serial : undefined;
}

/** The path of the segment of the history whose first line has this sequence number. */
export function segmentPath({ segments }: Pick<CaPaths, "segments">, sequence: number): string {
  return join(segments, `${sequence}.jsonl`);
}

/** The sequence number in the name of a segment; `undefined` if the name has another form. */
export function sequenceOfSegment(name: string): number | undefined {
  const digits = name.endsWith(".jsonl") ? name.slice(0, -".jsonl".length) : "";
  return /^[1-9][0-9]{0,14}$/.test(digits) ? Number(digits) : undefined;
}

/** The names of a shard's CRL within the data directory. */
export function shardCrlNames(shard: number): { readonly pem: string; readonly der: string } {
  return { pem: `crl/${shard}.crl`, der: `crl/${shard}.crl.der` };
}

/** Whether a name in `crl/` is one of {@linkcode shardCrlNames}. */
function isShardCrlName(name: string): boolean {
  const { number } = /^(?<number>[1-9][0-9]{0,3})\.crl(?:\.der)?$/.exec(name)?.groups ?? {};
  return isShard(Number(number));
}

/** Whether the key and the certificate exist that make a directory a CA. */
export function presenceOf(files: FileSystem, paths: CaPaths): Presence {
  return {
    key: statIfPresent(files, paths.key) !== undefined,
    root: statIfPresent(files, paths.certificate) !== undefined,
  };
}

/** The files that changes of every kind of store replace. */
export function commonFiles(paths: CaPaths): readonly string[] {
  const { crl, derCrl, chain, previous, bundle, rollover, storeFile } = paths;
  return [crl, derCrl, chain, previous, bundle, rollover, storeFile];
}

/** The files that changes of a store in a directory replace. */
export function replacedFiles(paths: CaPaths): readonly string[] {
  const { serial, crlNumber, index, details, enrolments, publishedCrl } = paths;
  const { history, shards } = paths;
  const own = [serial, crlNumber, index, details, enrolments, publishedCrl, history, shards];
  return [...own, ...commonFiles(paths)];
}

/** The database of an SQLite store, and what SQLite keeps beside it. */
export function databaseFiles({ database }: CaPaths): readonly string[] {
  return [database, `${database}-wal`, `${database}-shm`, `${database}-journal`];
}

/**
 * Checks that a file that will be replaced is not a symbolic link: the rename would replace the link and
 * leave its target unchanged.
 *
 * @throws WrongFileKindError
 */
export function requireNoLink(files: FileSystem, path: string): void {
  if (statIfPresent(files, path)?.kind === "link") {
    throw new WrongFileKindError(path, "file", "link");
  }
}

/**
 * Reads a file of a data directory, or nothing if it does not exist. Another program of the same user may
 * replace it meanwhile: only the file that was checked is read, and a FIFO does not block.
 */
export async function readIfPresent(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<FileContent | undefined> {
  return await unlessMissing(() => readGivenFile(files, path, limit));
}

/** Reads the beginning of a file of a data directory, or nothing if it does not exist. */
export async function readStartIfPresent(
  files: FileSystem,
  path: string,
  length: number,
): Promise<FileContent | undefined> {
  return await unlessMissing(() => readStartOfFile(files, path, length));
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The size limit of `enrolments.json`, in bytes. */
export const enrolmentsLimit = 32 * 1024 * 1024;

/** The size limit of `rollover.json`, in bytes. */
export const rolloverLimit = 64 * 1024;

/** Modes of the files and directories that certswap creates in a data directory. */
export const caModes = { key: 0o600, database: 0o600, others: 0o644, directory: 0o755 } as const;

/** Owner and mode of a new file in a data directory. The owner of the state directory owns it. */
export function ownAttributes(
  files: FileSystem,
  { site }: DataDirectory,
): Attributes {
  const { uid, gid } = files.stat(site.stateDirectory);
  return { uid, gid, mode: caModes.others };
}

/** A file to create. */
interface NewFile {
  readonly target: string;
  readonly content: Uint8Array;
  /** That of most files of a CA by default. */
  readonly mode?: number;
}

/** The entry of a transaction that creates a file. */
export function newFile(
  files: FileSystem,
  directory: DataDirectory,
  { target, content, mode }: NewFile,
): CreateEntry {
  const attributes = ownAttributes(files, directory);
  return {
    kind: "create",
    target,
    content,
    attributes: mode === undefined ? attributes : { ...attributes, mode },
  };
}

/** A file to create or replace. */
interface WrittenFile {
  readonly target: string;
  /** The new content, or what makes it from the old one. */
  readonly content: Uint8Array | ((old: Uint8Array | undefined) => Uint8Array);
  /** The size limit of the old file in bytes. */
  readonly limit?: number;
  /** Of a new file; those of most files by default. */
  readonly attributes?: Attributes;
}

/** The entry of a transaction that creates or replaces a file, which keeps its owner and mode. */
export async function writtenFile(
  files: FileSystem,
  directory: DataDirectory,
  { target, content: made, limit = crlFileLimit, attributes: wanted }: WrittenFile,
): Promise<CreateEntry | ReplaceEntry> {
  if (typeof made !== "function") {
    const old = await snapshotWithoutContent(files, target, limit);
    return entryFor(files, directory, { target, content: made, attributes: wanted, old });
  }
  const old = await takeSnapshot(files, target, limit);
  const content = made(old?.content);
  return entryFor(files, directory, { target, content, attributes: wanted, old: old?.snapshot });
}

/** {@linkcode writtenFile} for a file that has been read already. @param old `undefined`: there is none. */
export function entryFor(
  files: FileSystem,
  directory: DataDirectory,
  { target, content, attributes: wanted, old }: {
    readonly target: string;
    readonly content: Uint8Array;
    readonly attributes?: Attributes | undefined;
    readonly old: Snapshot | undefined;
  },
): CreateEntry | ReplaceEntry {
  const attributes = attributesOf(old ?? wanted ?? ownAttributes(files, directory));
  return old === undefined
    ? { kind: "create", target, content, attributes }
    : { kind: "replace", target, content, attributes, old };
}

function attributesOf({ uid, gid, mode }: Attributes): Attributes {
  return { uid, gid, mode };
}

function pathsIn(directory: string): CaPaths {
  return {
    directory,
    key: join(directory, "ca.key"),
    certificate: join(directory, "ca.crt"),
    chain: join(directory, "ca-chain.pem"),
    previous: join(directory, "ca-previous.pem"),
    bundle: join(directory, "ca-bundle.pem"),
    rollover: join(directory, "rollover.json"),
    request: join(directory, "ca.csr"),
    crl: join(directory, "ca.crl"),
    derCrl: join(directory, "ca.crl.der"),
    publishedCrl: join(directory, "crlpublished"),
    storeFile: join(directory, "store.json"),
    database: join(directory, "ca.db"),
    settings: join(directory, "ca.toml"),
    serial: join(directory, "serial"),
    crlNumber: join(directory, "crlnumber"),
    index: join(directory, "index.json"),
    details: join(directory, "details.jsonl"),
    history: join(directory, "history.jsonl"),
    segments: join(directory, "history"),
    shards: join(directory, "shards.json"),
    shardCrls: join(directory, "crl"),
    enrolments: join(directory, "enrolments.json"),
    certificates: join(directory, "certs"),
  };
}

/** The journal uses paths relative to the data directory, so that both can be copied together. */
function siteOf(paths: CaPaths): Site {
  const { directory, ...others } = paths;
  const { certificates, segments, shardCrls } = paths;
  const direct: ReadonlySet<string> = new Set([
    ...Object.values(others),
    `${paths.index}.moved`,
  ]);
  const isNameIn: Readonly<Record<string, (name: string) => boolean>> = {
    [certificates]: (name) => serialOfFileName(name) !== undefined,
    [segments]: (name) => sequenceOfSegment(name) !== undefined,
    [shardCrls]: isShardCrlName,
  };
  return {
    stateDirectory: join(directory, ".certswap"),
    name: "ca",
    base: directory,
    manages: (target) =>
      direct.has(target) || isNameIn[directoryOf(target)]?.(nameOf(target)) === true,
    directories: [directory, certificates, segments, shardCrls],
  };
}

/**
 * Checks that only root and the caller can replace a CA's directory or its files. Missing ones are created by
 * certswap, and checked then.
 *
 * @param dataDirectory absolute or relative.
 * @throws UntrustedPlaceError, FileSystemError
 */
export function requireTrustedCa(system: System, dataDirectory: string): void {
  requireTrustedPlaces(system, [
    { path: dataDirectory, as: "directory" },
    // Files that are replaced must not be links. These may be, and their targets may be anywhere.
    { path: join(dataDirectory, "certs"), as: "directory" },
    { path: join(dataDirectory, "ca.key"), as: "file" },
    { path: join(dataDirectory, "ca.crt"), as: "file" },
  ]);
}
