/** Reads a CA's data directory. */
import { type FileSystem, isErrno, join, readGivenFile } from "../../../system/mod.ts";
import { type SnapshotWithContent, toSnapshot } from "../../../transaction/mod.ts";
import {
  certificateFileLimit,
  crlFileLimit,
  privateKeyFileLimit,
  requestFileLimit,
} from "../../../x509/mod.ts";
import { CaIncompleteError } from "../../errors.ts";
import type { StoreInspection } from "../inspection.ts";
import type { CertificateRecord, Part, PartName, RecordFilter, StoreReader } from "../store.ts";
import { certificatePath, type DataDirectory, readIfPresent } from "./data_directory.ts";
import { type IndexEntry, indexLimit, readIndex, toRecord } from "./index_file.ts";

/** The parsed `index.json`. */
export interface Index {
  readonly file: SnapshotWithContent;
  readonly entries: readonly IndexEntry[];
}

/** Reads a data directory. Needs no lock: every call reads anew, and the index is replaced in one step. */
export class DirectoryReader implements StoreReader {
  protected readonly files: FileSystem;
  protected readonly directory: DataDirectory;

  constructor(files: FileSystem, directory: DataDirectory) {
    this.files = files;
    this.directory = directory;
  }

  nameOf(part: Part): PartName {
    const inStore = typeof part === "string" ? names[part] : `certs/${part.certificate}.pem`;
    const { written, paths } = this.directory;
    return { inStore, absolute: join(paths.directory, inStore), written: join(written, inStore) };
  }

  async root(): Promise<Uint8Array> {
    const { certificate } = this.directory.paths;
    return (await readGivenFile(this.files, certificate, certificateFileLimit)).content;
  }

  async key(): Promise<Uint8Array> {
    return (await readGivenFile(this.files, this.directory.paths.key, privateKeyFileLimit)).content;
  }

  async chain(): Promise<Uint8Array | undefined> {
    return await this.#readPart("chain", certificateFileLimit);
  }

  async previous(): Promise<Uint8Array | undefined> {
    return await this.#readPart("previous", certificateFileLimit);
  }

  async request(): Promise<Uint8Array | undefined> {
    return await this.#readPart("request", requestFileLimit);
  }

  async lastCrl(): Promise<Uint8Array | undefined> {
    return await this.#readPart("crl", crlFileLimit);
  }

  async certificate(serial: string): Promise<Uint8Array> {
    const path = certificatePath(this.directory.paths, serial);
    return (await readGivenFile(this.files, path, certificateFileLimit)).content;
  }

  async find(serial: string): Promise<CertificateRecord | undefined> {
    const { entries } = await this.readIndex();
    const entry = entries.find((candidate) => candidate.serial === serial);
    return entry && toRecord(entry);
  }

  /** Yields a single page, because the index is read completely. */
  async *pages(filter?: RecordFilter): AsyncGenerator<readonly CertificateRecord[]> {
    const { entries } = await this.readIndex();
    const wanted = filter === undefined
      ? entries
      : entries.filter(({ status }) => status === filter.status);
    yield wanted.map(toRecord);
  }

  async inspect(): Promise<StoreInspection> {
    // Only `check` needs this; the other commands start faster without it.
    const { DirectoryInspection } = await import("./directory_inspection.ts");
    return new DirectoryInspection(this.files, this.directory, () => this.certificateNames());
  }

  /** @throws BadIndexError, CaIncompleteError, FileSystemError */
  protected async readIndex(): Promise<Index> {
    const { written, paths } = this.directory;
    const file = await readIfPresent(this.files, paths.index, indexLimit);
    if (file === undefined) throw new CaIncompleteError(written, names.index);
    const { content } = file;
    // WebCrypto hashes in its own thread, while this one parses.
    const snapshot = toSnapshot(file);
    try {
      const entries = readIndex(content, paths.index);
      return { file: { content, snapshot: await snapshot }, entries };
    } finally {
      await snapshot;
    }
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

  async #readPart(
    part: "chain" | "previous" | "request" | "crl",
    limit: number,
  ): Promise<Uint8Array | undefined> {
    return (await readIfPresent(this.files, this.directory.paths[part], limit))?.content;
  }

  protected listCertificates(): readonly string[] {
    return this.files.readDirectory(this.directory.paths.certificates);
  }
}

const names: Readonly<Record<Extract<Part, string>, string>> = {
  key: "ca.key",
  root: "ca.crt",
  chain: "ca-chain.pem",
  previous: "ca-previous.pem",
  request: "ca.csr",
  crl: "ca.crl",
  derCrl: "ca.crl.der",
  serial: "serial",
  crlNumber: "crlnumber",
  index: "index.json",
  details: "details.jsonl",
  certificates: "certs",
};
