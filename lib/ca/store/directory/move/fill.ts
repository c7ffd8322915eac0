/** Fills a directory in a move. */
import {
  type FileHandle,
  type FileSystem,
  giveMode,
  join,
  statIfPresent,
  syncBatch,
  syncDirectory,
  type System,
  unlinkEach,
  writeAll,
} from "../../../../system/mod.ts";
import { type Entry, makeDirectoryDurably, replaceFile } from "../../../../transaction/mod.ts";
import { encodePem } from "../../../../x509/mod.ts";
import { IndexFullError, OldStoreKeptError } from "../../../errors.ts";
import {
  caModes,
  type CaPaths,
  certificatePath,
  type DataDirectory,
  encodeTemplates,
  newFile,
  ownAttributes,
  segmentPath,
} from "../../files/mod.ts";
import type { Filling, RestOfStore } from "../../move/mod.ts";
import type { FormerCertificate, StoreReader } from "../../store.ts";
import { withLines } from "../append_lines.ts";
import { encodeCounter } from "../counter.ts";
import { appendToDetails } from "../details/mod.ts";
import { noEnrolments, patchEnrolments } from "../enrolments/mod.ts";
import { DirectoryReader, type Index } from "../directory_reader.ts";
import {
  encodeIndex,
  type IndexEntry,
  indexRoom,
  requireReadBack,
  toEntry,
} from "../index_file.ts";
import { indexKeptAt } from "./old_index.ts";

/**
 * Begins a store in a directory: everything but `index.json` is written under its own name, because no
 * version of certswap uses a directory without an index. What an interrupted move has written is written
 * again.
 *
 * @throws OldStoreKeptError if there is an index that an earlier move has kept.
 */
export function fillDirectory(system: System, directory: DataDirectory): Filling {
  const { files } = system;
  const { paths } = directory;
  const kept = indexKeptAt(paths);
  if (statIfPresent(files, kept) !== undefined) throw new OldStoreKeptError(kept, "directory");
  makeDirectoryDurably(files, paths.certificates, caModes.directory);
  const leftovers = files.readDirectory(paths.certificates);
  unlinkEach(files, leftovers.map((name) => `${paths.certificates}/${name}`));
  removeRest(files, paths);
  return new DirectoryFilling(system, directory);
}

/** Removes what is neither a certificate nor the index. */
export function removeRest(files: FileSystem, paths: CaPaths): void {
  const { details, enrolments, serial, crlNumber, publishedCrl, history, shards } = paths;
  const { segments } = paths;
  if (statIfPresent(files, segments) !== undefined) {
    const names = files.readDirectory(segments);
    unlinkEach(files, names.map((name) => join(segments, name)));
    files.removeDirectory(segments);
  }
  unlinkEach(files, [details, enrolments, serial, crlNumber, publishedCrl, history, shards]);
}

class DirectoryFilling implements Filling {
  readonly reader: StoreReader;
  readonly #system: System;
  readonly #directory: DataDirectory;
  readonly #entries: IndexEntry[] = [];
  /** The lines of `details.jsonl`, encoded. */
  #details: Uint8Array | undefined;
  /** The sequence number of the first line in `history.jsonl`. */
  #newest: number | undefined;

  constructor(system: System, directory: DataDirectory) {
    this.#system = system;
    this.#directory = directory;
    this.reader = new FilledReader(system.files, directory, this.#entries);
  }

  async add(certificates: readonly FormerCertificate[]): Promise<void> {
    const { paths } = this.#directory;
    const entries = certificates.map(({ record }) => toEntry(record));
    requireReadBack(entries);
    this.#entries.push(...entries);
    const lines = certificates.flatMap(({ record: { serial }, details }) =>
      details === undefined ? [] : [{ serial, details }]
    );
    if (lines.length > 0) {
      this.#details = appendToDetails(this.#details, { lines, path: paths.details });
    }
    await this.#writeCertificates(certificates);
  }

  /** Each call writes a file: the newest is `history.jsonl`, and the earlier ones become segments. */
  // deno-lint-ignore require-await
  async addHistory(lines: readonly string[], first: number): Promise<void> {
    const { files } = this.#system;
    const { paths } = this.#directory;
    if (this.#newest !== undefined) {
      makeDirectoryDurably(files, paths.segments, caModes.directory);
      files.rename(paths.history, segmentPath(paths, this.#newest));
      syncDirectory(files, paths.segments);
    }
    this.#newest = first;
    this.#write(paths.history, withLines(undefined, lines));
  }

  // deno-lint-ignore require-await
  async complete(
    { nextSerial, nextCrlNumber, publishedCrl, shardTemplates, enrolments }: RestOfStore,
  ): Promise<void> {
    const { files } = this.#system;
    const { paths } = this.#directory;
    const { length } = encodeIndex(this.#entries);
    if (length > indexRoom) throw new IndexFullError(paths.index, indexRoom);
    syncDirectory(files, paths.certificates);
    if (this.#details !== undefined) this.#write(paths.details, this.#details);
    if (shardTemplates.length > 0) this.#write(paths.shards, encodeTemplates(shardTemplates));
    if (enrolments.length > 0) {
      const content = patchEnrolments(noEnrolments, {
        patches: enrolments,
        path: paths.enrolments,
      });
      this.#write(paths.enrolments, content, caModes.key);
    } else if (statIfPresent(files, paths.enrolments) !== undefined) {
      // An earlier move has left it.
      files.unlink(paths.enrolments);
    }
    this.#write(paths.serial, encodeCounter(nextSerial));
    this.#write(paths.crlNumber, encodeCounter(nextCrlNumber));
    if (publishedCrl !== undefined) this.#write(paths.publishedCrl, encodeCounter(publishedCrl));
  }

  // deno-lint-ignore require-await
  async entries(): Promise<readonly Entry[]> {
    const target = this.#directory.paths.index;
    const content = encodeIndex(this.#entries);
    return [newFile(this.#system.files, this.#directory, { target, content })];
  }

  async close(): Promise<void> {}

  /** Writes new files, and fsyncs them together. */
  async #writeCertificates(certificates: readonly FormerCertificate[]): Promise<void> {
    const { files } = this.#system;
    const handles: FileHandle[] = [];
    try {
      for (const { record, der } of certificates) {
        if (der === undefined) continue;
        const path = certificatePath(this.#directory.paths, record.serial);
        const handle = files.createFile(path, caModes.others);
        handles.push(handle);
        this.#give(handle);
        giveMode(handle, path, caModes.others);
        writeAll(handle, encodePem("CERTIFICATE", der));
      }
      await syncBatch(handles);
    } finally {
      for (const handle of handles) handle.close();
    }
  }

  #write(path: string, content: Uint8Array, mode: number = caModes.others): void {
    replaceFile(this.#system.files, path, { content, mode });
    this.#own(path);
  }

  #own(path: string): void {
    const handle = this.#system.files.openToWrite(path);
    try {
      this.#give(handle);
    } finally {
      handle.close();
    }
  }

  #give(handle: FileHandle): void {
    const { uid, gid } = ownAttributes(this.#system.files, this.#directory);
    const made = handle.stat();
    if (made.uid !== uid || made.gid !== gid) handle.setOwner(uid, gid);
  }
}

/** Reads the directory as it will be when the index is there. */
class FilledReader extends DirectoryReader {
  readonly #entries: readonly IndexEntry[];

  constructor(files: FileSystem, directory: DataDirectory, entries: readonly IndexEntry[]) {
    super(files, directory);
    this.#entries = entries;
  }

  protected override readEntries(): Promise<Index["entries"]> {
    return Promise.resolve(this.#entries);
  }
}
