/** Reads the files that a CA has in every kind of store: its key, its own certificates and its CRL. */
import { type FileSystem, join, readGivenFile } from "../../../system/mod.ts";
import {
  certificateFileLimit,
  crlFileLimit,
  privateKeyFileLimit,
  requestFileLimit,
} from "../../../x509/mod.ts";
import type { Part, PartName } from "../store.ts";
import {
  type DataDirectory,
  readIfPresent,
  rolloverLimit,
  shardCrlNames,
} from "./data_directory.ts";

/** The parts that are files in every kind of store. */
export type FilePart =
  | "key"
  | "root"
  | "chain"
  | "previous"
  | "bundle"
  | "rollover"
  | "request"
  | "crl"
  | "derCrl"
  | ShardPart;

type ShardPart = { readonly shardCrl: number } | { readonly shardDerCrl: number };

/** Reads the files of a CA. */
export abstract class CaFiles {
  protected readonly files: FileSystem;
  protected readonly directory: DataDirectory;

  constructor(files: FileSystem, directory: DataDirectory) {
    this.files = files;
    this.directory = directory;
  }

  /** The name of the data directory as given by the caller. */
  get written(): string {
    return this.directory.written;
  }

  nameOf(part: Part): PartName {
    const inStore = isFilePart(part) ? fileNameOf(part) : this.nameInStore(part);
    const { written, paths } = this.directory;
    return { inStore, absolute: join(paths.directory, inStore), written: join(written, inStore) };
  }

  /** The name of a part that each kind of store keeps in its own way. */
  protected abstract nameInStore(part: Exclude<Part, FilePart>): string;

  async root(): Promise<Uint8Array> {
    const { certificate } = this.directory.paths;
    return (await readGivenFile(this.files, certificate, certificateFileLimit)).content;
  }

  async key(): Promise<Uint8Array> {
    return (await readGivenFile(this.files, this.directory.paths.key, privateKeyFileLimit)).content;
  }

  async chain(): Promise<Uint8Array | undefined> {
    return await this.readPart("chain", certificateFileLimit);
  }

  async previous(): Promise<Uint8Array | undefined> {
    return await this.readPart("previous", certificateFileLimit);
  }

  async bundle(): Promise<Uint8Array | undefined> {
    const content = await this.readPart("bundle", certificateFileLimit);
    return content?.length === 0 ? undefined : content;
  }

  async rollover(): Promise<Uint8Array | undefined> {
    return await this.readPart("rollover", rolloverLimit);
  }

  async request(): Promise<Uint8Array | undefined> {
    return await this.readPart("request", requestFileLimit);
  }

  async lastDerCrl(): Promise<Uint8Array | undefined> {
    return await this.readPart("derCrl", crlFileLimit);
  }

  async shardDerCrl(shard: number): Promise<Uint8Array | undefined> {
    const path = join(this.directory.paths.directory, shardCrlNames(shard).der);
    return (await readIfPresent(this.files, path, crlFileLimit))?.content;
  }

  protected async readPart(
    part: "chain" | "previous" | "bundle" | "rollover" | "request" | "crl" | "derCrl",
    limit: number,
  ): Promise<Uint8Array | undefined> {
    return (await readIfPresent(this.files, this.directory.paths[part], limit))?.content;
  }
}

function isFilePart(part: Part): part is FilePart {
  return typeof part === "string" ? part in fileNames : !("certificate" in part);
}

function fileNameOf(part: FilePart): string {
  if (typeof part === "string") return fileNames[part];
  return "shardCrl" in part
    ? shardCrlNames(part.shardCrl).pem
    : shardCrlNames(part.shardDerCrl).der;
}

const fileNames: Readonly<Record<Exclude<FilePart, ShardPart>, string>> = {
  key: "ca.key",
  root: "ca.crt",
  chain: "ca-chain.pem",
  previous: "ca-previous.pem",
  bundle: "ca-bundle.pem",
  rollover: "rollover.json",
  request: "ca.csr",
  crl: "ca.crl",
  derCrl: "ca.crl.der",
};
