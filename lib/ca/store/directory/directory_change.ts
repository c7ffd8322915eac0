/** A change of a CA's data directory: collects what is requested, to be committed as one transaction. */
import { type Attributes, type FileSystem, formatTime, sha256Hex } from "../../../system/mod.ts";
import type { CreateEntry, Entry, ReplaceEntry } from "../../../transaction/mod.ts";
import { encodePem, formatSerial, highestSerial } from "../../../x509/mod.ts";
import type { DetailsPatch } from "../details.ts";
import type { Finding } from "../finding.ts";
import {
  crlEvent,
  type EventContent,
  type EventLog,
  issueEvents,
  keyEvent,
  mendEvents,
  startEvents,
} from "../history/mod.ts";
import type { ShardCrl, ShardTemplate } from "../shards/mod.ts";
import {
  AlreadyRevokedError,
  CounterBehindError,
  SerialInUseError,
  SerialNotFoundError,
} from "../../errors.ts";
import type {
  CertificateRecord,
  EnrolmentKind,
  EnrolmentPatch,
  IssuedCertificate,
  OwnCertificates,
  RaisedCounter,
  Revoke,
  StoreChange,
  WantedSerials,
} from "../store.ts";
import {
  advance,
  type Counter,
  encodeCounter,
  raise,
  readCounter,
  requireAbove,
} from "./counter.ts";
import {
  caModes,
  certificatePath,
  changedTemplates,
  crlFiles,
  type DataDirectory,
  entryFor,
  ownAttributes,
  serialOfFileName,
  writtenFile,
} from "../files/mod.ts";
import { appendToDetails, detailsLimit, type DetailsLine } from "./details/mod.ts";
import type { Enrolments } from "./enrolments/mod.ts";
import { DirectoryReader, type EnrolmentsFile, type Index } from "./directory_reader.ts";
import {
  appendToIndex,
  encodeIndex,
  type IndexEntry,
  requireReadBack,
  toEntry,
  toRecord,
} from "./index_file.ts";
import { appendedHistory } from "./history/mod.ts";
import type { LastParsed } from "./last_parsed.ts";
import { inOrderOfApply } from "./order_of_apply.ts";
import { takeRandomSerials } from "../random_serials.ts";

/** Numbers taken from a counter. */
interface Taken {
  readonly counter: Counter;
  readonly count: number;
}

/** What a change needs of its session. */
interface SessionParts {
  /** Collects its entries in the history. */
  readonly log: EventLog;
  /** Lists `certs/`. */
  readonly certificateNames: () => readonly string[];
  readonly stageAhead: (entry: CreateEntry) => Promise<void>;
  /** What is known from earlier changes. */
  readonly last: LastFiles;
}

/** What the files said that are parsed in most changes. */
export interface LastFiles {
  readonly index: LastParsed<Index["entries"]>;
  readonly enrolments: LastParsed<Enrolments>;
}

/** A change in progress. Because the lock is held, index and enrolments are read once and stay valid. */
export class DirectoryChange extends DirectoryReader implements StoreChange {
  readonly #session: SessionParts;
  #index: Promise<Index> | undefined;
  #serials: Taken | undefined;
  #raisedSerial: ReplaceEntry | undefined;
  #crlNumbers: Taken | undefined;
  readonly #certificates: CreateEntry[] = [];
  /** Certificates that are written already, by serial number. */
  readonly #ahead = new Map<string, CreateEntry>();
  readonly #added: IndexEntry[] = [];
  readonly #revoked = new Map<string, IndexEntry>();
  readonly #details: DetailsLine[] = [];
  readonly #enrolments: EnrolmentPatch[] = [];
  #enrolmentsFile: Promise<EnrolmentsFile> | undefined;
  #crls: readonly Entry[] = [];
  #publishedCrl: Entry | undefined;
  #shards: Entry | undefined;
  #own: readonly Entry[] = [];
  #key: ReplaceEntry | undefined;
  /** Of new certificates. */
  #attributes: Attributes | undefined;
  #mended: readonly Entry[] = [];

  constructor(files: FileSystem, directory: DataDirectory, session: SessionParts) {
    super(files, directory);
    this.#session = session;
  }

  async takeSerials({ count, root, random }: WantedSerials): Promise<readonly bigint[]> {
    if (random !== undefined) {
      const { entries } = await this.readIndex();
      const used = [...entries, ...this.#added].map(({ serial }) => serial);
      for (const name of this.certificateNames()) used.push(serialOfFileName(name) ?? "");
      if (root !== undefined) used.push(formatSerial(root));
      return takeRandomSerials(count, { random, used: new Set(used) });
    }
    const { paths, written } = this.directory;
    const counter = this.#serials?.counter ??
      await readCounter(this.files, { path: paths.serial, written });
    await this.#requireAboveAll(counter, root);
    const before = this.#serials?.count ?? 0;
    this.#serials = { counter, count: before + count };
    const first = counter.value + BigInt(before);
    return Array.from({ length: count }, (_, index) => first + BigInt(index));
  }

  async raiseSerial(next: bigint, root: bigint | undefined): Promise<RaisedCounter> {
    const { paths, written } = this.directory;
    const counter = await readCounter(this.files, { path: paths.serial, written });
    const { value: before } = counter;
    if (next <= before) return { before, after: before };
    try {
      await this.#requireAboveAll({ ...counter, value: next }, root);
    } catch (error) {
      if (!(error instanceof CounterBehindError)) throw error;
      throw new SerialInUseError(error.value, error);
    }
    this.#raisedSerial = raise(counter, next);
    this.note({ kind: "raise", from: formatSerial(before), to: formatSerial(next) });
    return { before, after: next };
  }

  /** @throws CounterBehindError if the counter is not above every number in use. */
  async #requireAboveAll(counter: Counter, root: bigint | undefined): Promise<void> {
    const { entries } = await this.readIndex();
    const kept = this.certificateNames().map(serialOfFileName)
      .filter((serial) => serial !== undefined);
    requireAbove(counter, [
      { usedIn: "index.json", used: highestSerial(entries.map(({ serial }) => serial)) },
      { usedIn: "certs/", used: highestSerial(kept) },
      { usedIn: "ca.crt", used: root === undefined ? undefined : formatSerial(root) },
    ]);
  }

  async record(certificates: readonly IssuedCertificate[]): Promise<void> {
    for (const event of await issueEvents(certificates)) this.note(event);
    for (const certificate of certificates) {
      const { record, details } = certificate;
      this.#added.push(toEntry(record));
      if (details !== undefined) this.#details.push({ serial: record.serial, details });
      this.#certificates.push(this.#ahead.get(record.serial) ?? this.#toEntry(certificate));
    }
  }

  // deno-lint-ignore require-await
  async describe(serial: string, details: DetailsPatch): Promise<void> {
    this.#details.push({ serial, details });
    const { supersededBy } = details;
    if (supersededBy) this.note({ kind: "supersede", serial, supersededBy });
  }

  note(event: EventContent): void {
    this.#session.log.add(event);
  }

  // deno-lint-ignore require-await
  async keepEnrolment(
    kind: EnrolmentKind,
    id: string,
    content: string | undefined,
  ): Promise<void> {
    this.#enrolments.push({ kind, id, content });
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
      content: encodePem("CERTIFICATE", der),
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
    this.note({ kind: "revoke", serial, revokedAt: formatTime(at), reason });
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

  async publishCrl(der: Uint8Array, shards: readonly ShardCrl[] = []): Promise<void> {
    this.#crls = await crlFiles(this.files, this.directory, der, shards);
    const taken = this.#crlNumbers;
    const number = taken && String(taken.counter.value + BigInt(taken.count - 1));
    this.note(await crlEvent({ der, shards, number }));
  }

  async recordShardTemplates(templates: readonly ShardTemplate[]): Promise<void> {
    this.#shards = await changedTemplates(this.files, this.directory, templates);
  }

  async recordPublished(number: bigint): Promise<void> {
    const { files, directory } = this;
    const target = directory.paths.publishedCrl;
    const content = encodeCounter(number);
    this.#publishedCrl = await writtenFile(files, directory, { target, content });
    this.note({ kind: "publish", number: String(number) });
  }

  async replaceCertificate(certificates: OwnCertificates): Promise<void> {
    const { replacedCertificates } = await import("../files/own_certificates.ts");
    this.#own = await replacedCertificates(this.files, this.directory, certificates);
    this.note({ kind: "renew", certificate: await sha256Hex(certificates.certificate) });
  }

  async replaceBundle(certificates: readonly Uint8Array[]): Promise<void> {
    const { replacedBundle } = await import("../files/own_certificates.ts");
    this.#own = [
      ...this.#own,
      await replacedBundle(this.files, this.directory, certificates),
    ];
  }

  async replaceRollover(content: Uint8Array): Promise<void> {
    const target = this.directory.paths.rollover;
    this.#own = [
      ...this.#own,
      await writtenFile(this.files, this.directory, { target, content }),
    ];
  }

  async replaceKey(pem: Uint8Array): Promise<void> {
    const { replacedKey } = await import("../files/replaced_key.ts");
    this.#key = await replacedKey(this.files, this.directory, pem);
    this.note(keyEvent(pem));
  }

  async mend(findings: readonly Finding[]): Promise<void> {
    const { mendedFiles } = await import("./mend.ts");
    this.#mended = await mendedFiles(this.files, this.directory, {
      findings,
      readEntries: async () => (await this.readIndex()).entries,
    });
    for (const event of await mendEvents(this, findings)) this.note(event);
  }

  /**
   * The entries of the transaction for this change.
   *
   * @throws CounterExhaustedError, IndexFullError
   */
  async entries(): Promise<Entry[]> {
    const history = await this.#changedHistory();
    return inOrderOfApply({
      serial: this.#raisedSerial ?? advanced(this.#serials),
      certificates: this.#certificates,
      details: await this.#changedDetails(),
      enrolments: await this.#changedEnrolments(),
      index: await this.#changedIndex(),
      shards: this.#shards,
      crls: this.#crls,
      crlNumber: advanced(this.#crlNumbers),
      publishedCrl: this.#publishedCrl,
      own: this.#own,
      key: this.#key,
      mended: this.#mended,
      history,
    });
  }

  protected override readIndex(): Promise<Index> {
    return this.#index ??= super.readIndex(async (snapshot, parse) => {
      // A change needs its hash. WebCrypto makes it in its own thread, while this one parses.
      const hashed = snapshot.hash();
      try {
        return await this.#session.last.index.read(hashed, parse);
      } finally {
        await hashed;
      }
    });
  }

  protected override readEnrolments(): Promise<EnrolmentsFile> {
    const { enrolments } = this.#session.last;
    return this.#enrolmentsFile ??= super.readEnrolments(
      (snapshot, parse) => enrolments.read(snapshot.hash(), parse),
    );
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
    let now = [...entries, ...added];
    if (this.#revoked.size > 0) {
      now = now.map((entry) => this.#revoked.get(entry.serial) ?? entry);
      content = encodeIndex(now);
    }
    await this.#session.last.index.write(content, now);
    return { kind: "replace", target, content, attributes: snapshot, old: snapshot };
  }

  async #changedHistory(): Promise<readonly Entry[]> {
    const { log } = this.#session;
    if (log.isEmpty) return [];
    return await appendedHistory(this.files, this.directory, {
      log,
      // An older version has made everything so far.
      start: () => startEvents(this),
    });
  }

  async #changedEnrolments(): Promise<Entry | undefined> {
    const patches = this.#enrolments;
    if (patches.length === 0) return undefined;
    const { encodeEnrolments, patched } = await import("./enrolments/format.ts");
    const { files, directory } = this;
    const target = directory.paths.enrolments;
    const { file, entries } = await this.readEnrolments();
    const now = patched(entries, patches);
    const content = encodeEnrolments(now, target);
    await this.#session.last.enrolments.write(content, now);
    return entryFor(files, directory, {
      target,
      old: file?.snapshot,
      // Not for everyone: the names in requests may be confidential.
      attributes: { ...ownAttributes(files, directory), mode: caModes.key },
      content,
    });
  }

  async #changedDetails(): Promise<Entry | undefined> {
    const lines = this.#details;
    if (lines.length === 0) return undefined;
    const { files, directory } = this;
    const target = directory.paths.details;
    return await writtenFile(files, directory, {
      target,
      limit: detailsLimit,
      content: (old) => appendToDetails(old, { lines, path: target }),
    });
  }
}

function advanced(taken: Taken | undefined): ReplaceEntry | undefined {
  return taken && advance(taken.counter, taken.count);
}
