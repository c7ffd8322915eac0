/** Reads a CA's data directory. */
import { isErrno, join, readGivenFile, statIfPresent } from "../../../system/mod.ts";
import {
  type Snapshot,
  type SnapshotWithContent,
  takeSnapshot,
  toSnapshot,
} from "../../../transaction/mod.ts";
import { certificateFileLimit, counterLimit, crlFileLimit } from "../../../x509/mod.ts";
import { CaIncompleteError, StoreMovedError } from "../../errors.ts";
import type { CertificateDetails, DescribedRecord } from "../details.ts";
import type { StoreInspection } from "../inspection.ts";
import {
  CaFiles,
  certificatePath,
  enrolmentsLimit,
  type FilePart,
  readIfPresent,
  readStartIfPresent,
  readStoreName,
  readTemplates,
  shardCrlNames,
} from "../files/mod.ts";
import type { HistoryHead, HistoryLine, HistoryReading } from "../history/mod.ts";
import type { ShardTemplate } from "../shards/mod.ts";
import type {
  CertificateRecord,
  EnrolmentKind,
  Part,
  RecordFilter,
  Revocation,
  StoredCrl,
  StoreReader,
} from "../store.ts";
import { parseCounter } from "./counter.ts";
import { detailsLimit } from "./details/mod.ts";
import type { Enrolments } from "./enrolments/mod.ts";
import { readHistory, readHistoryHead } from "./history/mod.ts";
import { type IndexEntry, indexLimit, readIndex, toRecord } from "./index_file.ts";

/** The parsed `index.json`. */
export interface Index {
  readonly file: SnapshotWithContent;
  readonly entries: readonly IndexEntry[];
}

/** The parsed `enrolments.json`. */
export interface EnrolmentsFile {
  /** `undefined`: there is none. */
  readonly file: SnapshotWithContent | undefined;
  readonly entries: Enrolments;
}

/** What a file says: parses it, if it is not known already. */
type Parsed<Value> = (snapshot: Snapshot, parse: () => Value) => Promise<Value> | Value;

function parsedNow<Value>(_: Snapshot, parse: () => Value): Value {
  return parse();
}

/** Reads a data directory. Needs no lock: every call reads anew, and the index is replaced in one step. */
export class DirectoryReader extends CaFiles implements StoreReader {
  protected nameInStore(part: Exclude<Part, FilePart>): string {
    return typeof part === "string" ? names[part] : `certs/${part.certificate}.pem`;
  }

  async lastCrl(start?: number): Promise<StoredCrl | undefined> {
    const { crl: path } = this.directory.paths;
    const file = start === undefined
      ? await readIfPresent(this.files, path, crlFileLimit)
      : await readStartIfPresent(this.files, path, start);
    if (file === undefined) return undefined;
    const { info } = file;
    const content = file.content as Uint8Array<ArrayBuffer>;
    return { form: "pem", content, isWhole: start === undefined || content.length >= info.size };
  }

  async publishedCrl(): Promise<bigint | undefined> {
    // Not through a link: it is replaced, and read again after that.
    const file = await takeSnapshot(this.files, this.directory.paths.publishedCrl, counterLimit);
    return file && parseCounter(file.content);
  }

  async shardCrl(shard: number): Promise<Uint8Array | undefined> {
    const path = join(this.directory.paths.directory, shardCrlNames(shard).pem);
    return (await readIfPresent(this.files, path, crlFileLimit))?.content;
  }

  async shardTemplates(): Promise<readonly ShardTemplate[]> {
    return await readTemplates(this.files, this.directory);
  }

  async certificate(serial: string): Promise<Uint8Array> {
    const path = certificatePath(this.directory.paths, serial);
    return (await readGivenFile(this.files, path, certificateFileLimit)).content;
  }

  async find(serial: string): Promise<CertificateRecord | undefined> {
    const entries = await this.readEntries();
    const entry = entries.find((candidate) => candidate.serial === serial);
    return entry && toRecord(entry);
  }

  /** Yields a single page, because the index is read completely. */
  async *pages(filter?: RecordFilter): AsyncGenerator<readonly CertificateRecord[]> {
    yield await this.#select(filter);
  }

  /** Yields a single page, as {@linkcode pages} does. */
  async *revocations(
    { withShards = false }: { readonly withShards?: boolean } = {},
  ): AsyncGenerator<readonly Revocation[]> {
    const records = await this.#select({ status: "revoked" });
    const details = withShards ? await this.#readDetails() : undefined;
    yield records.map(({ serial, notAfter, revokedAt, revocationReason: reason }) => ({
      serial,
      notAfter,
      revokedAt,
      reason: reason === "" ? "unspecified" : reason,
      shard: details?.get(serial)?.shard,
    }));
  }

  async count(filter?: RecordFilter): Promise<number> {
    return (await this.#select(filter)).length;
  }

  async details(serial: string): Promise<CertificateDetails | undefined> {
    return (await this.#readDetails(new Set([serial]))).get(serial);
  }

  /** Yields a single page, as {@linkcode pages} does. */
  async *describedPages(filter?: RecordFilter): AsyncGenerator<readonly DescribedRecord[]> {
    const records = await this.#select(filter);
    const wanted = filter && new Set(records.map(({ serial }) => serial));
    const details = await this.#readDetails(wanted);
    yield records.map((record) => ({ record, details: details.get(record.serial) }));
  }

  async findByKey(keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const file = await readIfPresent(this.files, this.directory.paths.details, detailsLimit);
    if (file === undefined) return new Set();
    const { serialsWithKeys } = await import("./details/find_keys.ts");
    return serialsWithKeys(file.content, keys);
  }

  async enrolments(kind: EnrolmentKind): Promise<ReadonlyMap<string, string>> {
    return (await this.readEnrolments()).entries[kind];
  }

  async enrolment(kind: EnrolmentKind, id: string): Promise<string | undefined> {
    return (await this.enrolments(kind)).get(id);
  }

  /** @param parsed what the file says, parsed or known already. */
  protected async readEnrolments(
    parsed: Parsed<Enrolments> = parsedNow,
  ): Promise<EnrolmentsFile> {
    const { enrolments: path } = this.directory.paths;
    const file = await takeSnapshot(this.files, path, enrolmentsLimit);
    const { noEnrolments, parseEnrolments } = await import("./enrolments/format.ts");
    if (file === undefined) return { file, entries: noEnrolments };
    const parse = (): Enrolments => parseEnrolments(file.content, path);
    return { file, entries: await parsed(file.snapshot, parse) };
  }

  // deno-lint-ignore require-await
  async generation(): Promise<string> {
    const { paths } = this.directory;
    const { index, details, enrolments, crl, derCrl, publishedCrl } = paths;
    const { certificate, chain, previous, bundle, rollover, key } = paths;
    const own = [certificate, chain, previous, bundle, rollover, key];
    return [index, details, enrolments, crl, derCrl, publishedCrl, ...own]
      .map((path) => this.stampOf(path)).join(" ");
  }

  /** The index and the details only grow, and everything that is replaced becomes another file. */
  protected stampOf(path: string): string {
    const info = statIfPresent(this.files, path);
    return info === undefined ? "-" : `${info.device}.${info.inode}.${info.size}`;
  }

  async *history(reading: HistoryReading = {}): AsyncGenerator<readonly HistoryLine[]> {
    yield* readHistory(this.files, this.directory, reading);
  }

  async historyHead(): Promise<HistoryHead | undefined> {
    return await readHistoryHead(this.files, this.directory);
  }

  async inspect(): Promise<StoreInspection> {
    // Only `check` needs this; the other commands start faster without it.
    const { DirectoryInspection } = await import("./inspection/mod.ts");
    return new DirectoryInspection(this.files, this.directory, {
      records: () => this.#select(),
      certificateNames: () => this.certificateNames(),
      details: () => this.#readDetails(),
      history: () => this.history(),
    });
  }

  async #select(filter?: RecordFilter): Promise<readonly CertificateRecord[]> {
    const entries = await this.readEntries();
    const wanted = filter === undefined
      ? entries
      : entries.filter((entry) => isSelected(entry, filter));
    // The sort is stable.
    const ordered = filter?.order === "end" ? wanted.toSorted(byEnd) : wanted;
    return ordered.map(toRecord);
  }

  async #readDetails(
    wanted?: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, CertificateDetails>> {
    const path = this.directory.paths.details;
    const file = await readIfPresent(this.files, path, detailsLimit);
    if (file === undefined) return new Map();
    const { readDetails } = await import("./details/read.ts");
    return readDetails(file.content, path, wanted);
  }

  /** The entries of the index. @throws as {@linkcode readIndex} */
  protected async readEntries(): Promise<Index["entries"]> {
    return (await this.readIndex()).entries;
  }

  /**
   * @param parsed what the index says, parsed or known already.
   * @throws BadIndexError, CaIncompleteError, StoreMovedError, FileSystemError
   */
  protected async readIndex(parsed: Parsed<Index["entries"]> = parsedNow): Promise<Index> {
    const { written, paths } = this.directory;
    const file = await readIfPresent(this.files, paths.index, indexLimit);
    if (file === undefined) {
      const name = await readStoreName(this.files, this.directory);
      throw name === "directory"
        ? new CaIncompleteError(written, names.index)
        : new StoreMovedError(paths.index, name);
    }
    const { content } = file;
    const snapshot = toSnapshot(file);
    const entries = await parsed(snapshot, () => readIndex(content, paths.index));
    return { file: { content, snapshot }, entries };
  }

  /** The names of the files in `certs/`. @throws CaIncompleteError, FileSystemError */
  protected certificateNames(): readonly string[] {
    try {
      return this.listCertificates();
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      throw new CaIncompleteError(this.directory.written, names.certificates);
    }
  }

  protected listCertificates(): readonly string[] {
    return this.files.readDirectory(this.directory.paths.certificates);
  }
}

/** Times of this form sort as text. */
function byEnd(a: IndexEntry, b: IndexEntry): number {
  return a.not_after < b.not_after ? -1 : a.not_after > b.not_after ? 1 : 0;
}

function isSelected(entry: IndexEntry, filter: RecordFilter): boolean {
  const { status, subjects, serials, endsFrom, endsBy } = filter;
  // In this form, times are in the order of their texts.
  return (status === undefined || entry.status === status) &&
    (endsFrom === undefined || entry.not_after >= endsFrom) &&
    (endsBy === undefined || entry.not_after <= endsBy) &&
    (serials === undefined || serials.has(entry.serial)) &&
    (subjects === undefined || subjects.has(entry.subject));
}

const names: Readonly<Record<Exclude<Extract<Part, string>, FilePart>, string>> = {
  publishedCrl: "crlpublished",
  serial: "serial",
  crlNumber: "crlnumber",
  index: "index.json",
  details: "details.jsonl",
  certificates: "certs",
  history: "history.jsonl",
  shards: "shards.json",
};
