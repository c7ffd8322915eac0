/** A change of a CA's data directory: collects what is requested, to be committed as one transaction. */
import { type Attributes, type FileSystem, formatTime } from "../../../system/mod.ts";
import {
  type CreateEntry,
  type Entry,
  type ReplaceEntry,
  takeSnapshot,
} from "../../../transaction/mod.ts";
import { crlFileLimit, formatSerial, highestSerial, writePem } from "../../../x509/mod.ts";
import type { Problem } from "../finding.ts";
import { AlreadyRevokedError, SerialNotFoundError } from "../../errors.ts";
import type {
  CertificateRecord,
  IssuedCertificate,
  Revoke,
  StoreChange,
  WantedSerials,
} from "../store.ts";
import { advance, type Counter, readCounter, requireAbove } from "./counter.ts";
import {
  certificatePath,
  type DataDirectory,
  ownAttributes,
  serialOfFileName,
} from "./data_directory.ts";
import { DirectoryReader, type Index } from "./directory_reader.ts";
import {
  appendToIndex,
  encodeIndex,
  type IndexEntry,
  requireReadBack,
  toEntry,
  toRecord,
} from "./index_file.ts";
import { inOrderOfApply } from "./order_of_apply.ts";

/** Numbers taken from a counter. */
interface Taken {
  readonly counter: Counter;
  readonly count: number;
}

/** What a change needs of its session. */
interface SessionParts {
  /** Lists `certs/`. */
  readonly certificateNames: () => readonly string[];
  readonly stageAhead: (entry: CreateEntry) => Promise<void>;
}

/** A change in progress. Because the lock is held, the index is read once and stays valid. */
export class DirectoryChange extends DirectoryReader implements StoreChange {
  readonly #session: SessionParts;
  #index: Promise<Index> | undefined;
  #serials: Taken | undefined;
  #crlNumbers: Taken | undefined;
  readonly #certificates: CreateEntry[] = [];
  /** Certificates that are written already, by serial number. */
  readonly #ahead = new Map<string, CreateEntry>();
  readonly #added: IndexEntry[] = [];
  readonly #revoked = new Map<string, IndexEntry>();
  #crl: Entry | undefined;
  /** Of new certificates. */
  #attributes: Attributes | undefined;
  #mended: readonly Entry[] = [];

  constructor(files: FileSystem, directory: DataDirectory, session: SessionParts) {
    super(files, directory);
    this.#session = session;
  }

  async takeSerials({ count, root }: WantedSerials): Promise<bigint> {
    const { entries } = await this.readIndex();
    const names = this.certificateNames();
    const { paths, written } = this.directory;
    const counter = this.#serials?.counter ??
      await readCounter(this.files, { path: paths.serial, written });
    const kept = names.map(serialOfFileName).filter((serial) => serial !== undefined);
    requireAbove(counter, [
      { usedIn: "index.json", used: highestSerial(entries.map(({ serial }) => serial)) },
      { usedIn: "certs/", used: highestSerial(kept) },
      { usedIn: "ca.crt", used: formatSerial(root) },
    ]);
    const before = this.#serials?.count ?? 0;
    this.#serials = { counter, count: before + count };
    return counter.value + BigInt(before);
  }

  // deno-lint-ignore require-await
  async record(certificates: readonly IssuedCertificate[]): Promise<void> {
    for (const certificate of certificates) {
      const { record } = certificate;
      this.#added.push(toEntry(record));
      this.#certificates.push(this.#ahead.get(record.serial) ?? this.#toEntry(certificate));
    }
  }

  async writeAhead(certificate: IssuedCertificate): Promise<void> {
    const entry = this.#toEntry(certificate);
    await this.#session.stageAhead(entry);
    this.#ahead.set(certificate.record.serial, entry);
  }

  #toEntry({ der, record }: IssuedCertificate): CreateEntry {
    this.#attributes ??= ownAttributes(this.files, this.directory);
    return {
      kind: "create",
      target: certificatePath(this.directory.paths, record.serial),
      content: new TextEncoder().encode(writePem("CERTIFICATE", der)),
      attributes: this.#attributes,
    };
  }

  async revoke(serial: string, { at, reason }: Revoke): Promise<CertificateRecord> {
    const { entries } = await this.readIndex();
    const isIt = (entry: IndexEntry): boolean => entry.serial === serial;
    const found = this.#revoked.get(serial) ?? this.#added.find(isIt) ?? entries.find(isIt);
    if (found === undefined) throw new SerialNotFoundError(serial);
    if (found.status === "revoked") throw new AlreadyRevokedError(serial);
    const revoked: IndexEntry = {
      ...found,
      status: "revoked",
      "revoked_at": formatTime(at),
      "revocation_reason": reason,
    };
    this.#revoked.set(serial, revoked);
    return toRecord(revoked);
  }

  async takeCrlNumber(last: bigint | undefined): Promise<bigint> {
    const { paths, written } = this.directory;
    const counter = this.#crlNumbers?.counter ??
      await readCounter(this.files, { path: paths.crlNumber, written });
    const used = last === undefined ? undefined : formatSerial(last);
    requireAbove(counter, [{ usedIn: "ca.crl", used }]);
    const before = this.#crlNumbers?.count ?? 0;
    this.#crlNumbers = { counter, count: before + 1 };
    return counter.value + BigInt(before);
  }

  async publishCrl(der: Uint8Array): Promise<void> {
    const target = this.directory.paths.crl;
    const content = new TextEncoder().encode(writePem("X509 CRL", der));
    const old = await takeSnapshot(this.files, target, crlFileLimit);
    const attributes = old?.snapshot ?? ownAttributes(this.files, this.directory);
    this.#crl = old === undefined
      ? { kind: "create", target, content, attributes }
      : { kind: "replace", target, content, attributes, old: old.snapshot };
  }

  async mend(problems: readonly Problem[]): Promise<void> {
    const { mendedFiles } = await import("./mend.ts");
    this.#mended = await mendedFiles(this.files, this.directory, {
      problems,
      readEntries: async () => (await this.readIndex()).entries,
    });
  }

  /**
   * The entries of the transaction for this change.
   *
   * @throws CounterExhaustedError, IndexFullError
   */
  async entries(): Promise<Entry[]> {
    return inOrderOfApply({
      serial: advanced(this.#serials),
      certificates: this.#certificates,
      index: await this.#changedIndex(),
      crl: this.#crl,
      crlNumber: advanced(this.#crlNumbers),
      mended: this.#mended,
    });
  }

  protected override readIndex(): Promise<Index> {
    return this.#index ??= super.readIndex();
  }

  protected override listCertificates(): readonly string[] {
    return this.#session.certificateNames();
  }

  async #changedIndex(): Promise<ReplaceEntry | undefined> {
    if (this.#added.length === 0 && this.#revoked.size === 0) return undefined;
    const { file: { content: old, snapshot }, entries } = await this.readIndex();
    const added = this.#added;
    requireReadBack([
      ...added.filter(({ serial }) => !this.#revoked.has(serial)),
      ...this.#revoked.values(),
    ]);
    const target = this.directory.paths.index;
    let content = added.length === 0 ? old : appendToIndex(old, { entries, added, path: target });
    if (this.#revoked.size > 0) {
      const now = [...entries, ...added].map((entry) => this.#revoked.get(entry.serial) ?? entry);
      content = encodeIndex(now);
    }
    return { kind: "replace", target, content, attributes: snapshot, old: snapshot };
  }
}

function advanced(taken: Taken | undefined): ReplaceEntry | undefined {
  return taken && advance(taken.counter, taken.count);
}
