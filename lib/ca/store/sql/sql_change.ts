/** A change of a CA's store in a database: a part of one transaction of it, and the files that follow. */
import {
  type FileSystem,
  formatTime,
  type Random,
  sha256Hex,
  type SqlDatabase,
} from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { compareSerials, formatSerial, highestSerial, largestSerial } from "../../../x509/mod.ts";
import {
  AlreadyRevokedError,
  BadCounterError,
  CounterBehindError,
  CounterExhaustedError,
  SerialInUseError,
  SerialNotFoundError,
} from "../../errors.ts";
import type { DetailsPatch } from "../details.ts";
import { type DataDirectory, encodeTemplates } from "../files/mod.ts";
import type { Finding } from "../finding.ts";
import {
  crlEvent,
  type EventContent,
  type EventLog,
  issueEvents,
  keyEvent,
  mendEvents,
} from "../history/mod.ts";
import type { ShardCrl, ShardTemplate } from "../shards/mod.ts";
import { takeRandomSerials } from "../random_serials.ts";
import type {
  CertificateRecord,
  EnrolmentKind,
  IssuedCertificate,
  OwnCertificates,
  RaisedCounter,
  Revoke,
  StoreChange,
  WantedSerials,
} from "../store.ts";
import { type CounterColumn, readCa, readNumber, updateCa } from "./ca/mod.ts";
import { insertCertificates, patchDetails } from "./certificates.ts";
import { type PublishedCrls, writeCrls } from "./crls.ts";
import { writeEnrolments } from "./enrolments/mod.ts";
import type { SqlKind } from "./kind.ts";
import { highestSerialIn, recordColumns, RowReader, toSerialBytes } from "./rows.ts";
import { SqlReader } from "./sql_reader.ts";

/** A change in progress, in a transaction that writes. */
export class SqlChange extends SqlReader implements StoreChange {
  readonly #database: SqlDatabase;
  readonly #log: EventLog;
  #own: readonly Entry[] = [];
  #crlNumber: bigint | undefined;
  #published: PublishedCrls | undefined;

  constructor(
    files: FileSystem,
    directory: DataDirectory,
    { kind, database, log }: {
      readonly kind: SqlKind;
      readonly database: SqlDatabase;
      /** Collects the entries of this change in the history. */
      readonly log: EventLog;
    },
  ) {
    super(files, directory, { kind, database });
    this.#database = database;
    this.#log = log;
  }

  async takeSerials({ count, root, random }: WantedSerials): Promise<readonly bigint[]> {
    if (random !== undefined) return await this.#takeRandom(random, { count, root });
    const next = await this.#counter("next_serial");
    await this.#requireAboveAll(next, root);
    const after = next + BigInt(count);
    if (after > largestSerial) throw new CounterExhaustedError(this.nameOf("serial").absolute);
    await updateCa(this.#database, "next_serial", formatSerial(after));
    return Array.from({ length: count }, (_, index) => next + BigInt(index));
  }

  async #takeRandom(
    random: Random,
    { count, root }: Omit<WantedSerials, "random">,
  ): Promise<readonly bigint[]> {
    const used = new Set(root === undefined ? [] : [formatSerial(root)]);
    // The schema refuses a number twice; this finds another one instead.
    for (;;) {
      const drawn = takeRandomSerials(count, { random, used });
      const before = used.size;
      for (const serial of drawn.map(formatSerial)) {
        if (await this.find(serial) !== undefined) used.add(serial);
      }
      if (used.size === before) return drawn;
    }
  }

  async raiseSerial(next: bigint, root: bigint | undefined): Promise<RaisedCounter> {
    const before = await this.#counter("next_serial");
    if (next <= before) return { before, after: before };
    try {
      await this.#requireAboveAll(next, root);
    } catch (error) {
      if (!(error instanceof CounterBehindError)) throw error;
      throw new SerialInUseError(error.value, error);
    }
    if (next > largestSerial) throw new CounterExhaustedError(this.nameOf("serial").absolute);
    await updateCa(this.#database, "next_serial", formatSerial(next));
    this.note({ kind: "raise", from: formatSerial(before), to: formatSerial(next) });
    return { before, after: next };
  }

  async writeAhead(): Promise<void> {}

  async record(certificates: readonly IssuedCertificate[]): Promise<void> {
    await insertCertificates(this.#database, certificates);
    for (const event of await issueEvents(certificates)) this.note(event);
  }

  async describe(serial: string, details: DetailsPatch): Promise<void> {
    await patchDetails(this.#database, { serial, details });
    const { supersededBy } = details;
    if (supersededBy) this.note({ kind: "supersede", serial, supersededBy });
  }

  async keepEnrolment(
    kind: EnrolmentKind,
    id: string,
    content: string | undefined,
  ): Promise<void> {
    await writeEnrolments(this.#database, [{ kind, id, content }]);
  }

  note(event: EventContent): void {
    this.#log.add(event);
  }

  async revoke(serial: string, { at, reason }: Revoke): Promise<CertificateRecord> {
    const [row] = await this.#database.query(
      `SELECT ${recordColumns} FROM certificates WHERE serial = ?`,
      [toSerialBytes(serial)],
    );
    if (row === undefined) throw new SerialNotFoundError(serial);
    const record = new RowReader(this.#database.name).record(row);
    if (record.status === "revoked") throw new AlreadyRevokedError(serial);
    const revoked: CertificateRecord = {
      ...record,
      status: "revoked",
      revokedAt: formatTime(at),
      revocationReason: reason,
    };
    await this.#database.query(
      "UPDATE certificates SET revoked_at = ?, revocation_reason = ? WHERE serial = ?",
      [revoked.revokedAt, reason, toSerialBytes(serial)],
    );
    this.note({ kind: "revoke", serial, revokedAt: revoked.revokedAt, reason });
    return revoked;
  }

  async takeCrlNumber(last: bigint | undefined): Promise<bigint> {
    const next = await this.#counter("next_crl_number");
    if (last !== undefined) {
      this.#requireAbove("crlNumber", next, [{ usedIn: "ca.crl", used: formatSerial(last) }]);
    }
    if (next >= largestSerial) throw new CounterExhaustedError(this.nameOf("crlNumber").absolute);
    await updateCa(this.#database, "next_crl_number", formatSerial(next + 1n));
    this.#crlNumber = next;
    return next;
  }

  async publishCrl(der: Uint8Array, shards: readonly ShardCrl[] = []): Promise<void> {
    await writeCrls(this.#database, { der, shards });
    this.#published = { der, shards };
    await updateCa(this.#database, "crl_files_due", 1);
    const number = this.#crlNumber?.toString();
    this.note(await crlEvent({ der, shards, number }));
  }

  async recordShardTemplates(templates: readonly ShardTemplate[]): Promise<void> {
    await updateCa(this.#database, "shard_templates", encodeTemplates(templates));
  }

  async recordPublished(number: bigint): Promise<void> {
    await updateCa(this.#database, "published_crl", formatSerial(number));
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
    const { writtenFile } = await import("../files/data_directory.ts");
    const target = this.directory.paths.rollover;
    this.#own = [
      ...this.#own,
      await writtenFile(this.files, this.directory, { target, content }),
    ];
  }

  async replaceKey(pem: Uint8Array): Promise<void> {
    const { replacedKey } = await import("../files/replaced_key.ts");
    this.#own = [await replacedKey(this.files, this.directory, pem)];
    this.note(keyEvent(pem));
  }

  async mend(findings: readonly Finding[]): Promise<void> {
    const { mend } = await import("./mend.ts");
    this.#own = await mend(findings, {
      files: this.files,
      directory: this.directory,
      database: this.#database,
      counters: {
        [this.nameOf("serial").inStore]: "next_serial",
        [this.nameOf("crlNumber").inStore]: "next_crl_number",
      },
    });
    for (const event of await mendEvents(this, findings)) this.note(event);
  }

  /** The files to replace after the rows are committed: the CA's key and its own certificates. */
  get followingFiles(): readonly Entry[] {
    return this.#own;
  }

  /** The CRLs that this change has made; `undefined` if none. */
  get publishedCrls(): PublishedCrls | undefined {
    return this.#published;
  }

  async #counter(column: Exclude<CounterColumn, "published_crl">): Promise<bigint> {
    const value = await readNumber(this.#database, column);
    if (value !== undefined) return value;
    const { [column]: found } = await readCa(this.#database, column);
    const { absolute } = this.nameOf(column === "next_serial" ? "serial" : "crlNumber");
    throw new BadCounterError(absolute, String(found).slice(0, 48));
  }

  /** @throws CounterBehindError if the counter is not above every number in use. */
  async #requireAboveAll(next: bigint, root: bigint | undefined): Promise<void> {
    this.#requireAbove("serial", next, [
      {
        usedIn: this.nameOf("index").inStore,
        used: await highestSerialIn(this.#database),
      },
      { usedIn: "ca.crt", used: root === undefined ? undefined : formatSerial(root) },
    ]);
  }

  #requireAbove(
    part: "serial" | "crlNumber",
    next: bigint,
    places: readonly { readonly usedIn: string; readonly used: string | undefined }[],
  ): void {
    const value = formatSerial(next);
    const highest = highestSerial(places.flatMap(({ used }) => used ?? []));
    if (highest === undefined || compareSerials(highest, value) < 0) return;
    const usedIn = places.find(({ used }) => used === highest)?.usedIn ?? "";
    throw new CounterBehindError(this.nameOf(part).absolute, { value, used: highest, usedIn });
  }
}
