/** Reads a CA's store in a database. */
import { encodePem, readSingleCertificateFile } from "../../../x509/mod.ts";
import {
  attemptAsync,
  type FileSystem,
  FileSystemError,
  type SqlDatabase,
  type SqlRow,
  type SqlValue,
  statIfPresent,
} from "../../../system/mod.ts";
import type { CertificateDetails, DescribedRecord } from "../details.ts";
import {
  CaFiles,
  type DataDirectory,
  decodeTemplates,
  type FilePart,
  readStoreFile,
} from "../files/mod.ts";
import type { HistoryHead, HistoryLine, HistoryReading } from "../history/mod.ts";
import type { StoreInspection } from "../inspection.ts";
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
import { readCa, readNumber, requireNotMoved, requireOwnDatabase } from "./ca/mod.ts";
import { readCrlRow, readShardCrl, readStartOfCrl } from "./crls.ts";
import { readHead, readLines } from "./history/mod.ts";
import type { SqlKind } from "./kind.ts";
import {
  readDetailColumns,
  recordColumns,
  revocationColumns,
  RowReader,
  toSerialBytes,
} from "./rows.ts";
import { conditionOf, isIndexed } from "./select.ts";

/** How many rows one page has. */
export const pageSize = 1000;

/** How long a reader waits for a writer, in milliseconds: it has to only while a database recovers. */
const readTimeout = 5000;

/** What a reader reads through. */
interface ReaderOptions {
  readonly kind: SqlKind;
  /** A connection that the caller has checked; a connection of its own by default. */
  readonly database?: SqlDatabase;
}

/** Reads a store in a database. Needs no lock: each call reads one committed state. */
export class SqlReader extends CaFiles implements StoreReader {
  protected readonly kind: SqlKind;
  #connection: Promise<SqlDatabase> | undefined;

  constructor(files: FileSystem, directory: DataDirectory, { kind, database }: ReaderOptions) {
    super(files, directory);
    this.kind = kind;
    this.#connection = database && Promise.resolve(database);
  }

  protected nameInStore(part: Exclude<Part, FilePart>): string {
    const { inStore } = this.kind;
    if (typeof part !== "string") return `${inStore}#${part.certificate}`;
    const name = names[part];
    return name === undefined ? inStore : `${inStore}#${name}`;
  }

  async lastCrl(start?: number): Promise<StoredCrl | undefined> {
    const database = await this.database();
    if (start === undefined) {
      const content = await readCrlRow(database);
      return content && { form: "der", content, isWhole: true };
    }
    const row = await readStartOfCrl(database, start);
    if (row === undefined) return undefined;
    const { content, size } = row;
    return { form: "der", content, isWhole: content.length === size };
  }

  async shardCrl(shard: number): Promise<Uint8Array | undefined> {
    const der = await readShardCrl(await this.database(), shard);
    return der && encodePem("X509 CRL", der);
  }

  async shardTemplates(): Promise<readonly ShardTemplate[]> {
    const { shard_templates: json } = await readCa(await this.database(), "shard_templates");
    const place = this.nameOf("shards").absolute;
    return json instanceof Uint8Array ? decodeTemplates(json, place) : [];
  }

  async *history(reading: HistoryReading = {}): AsyncGenerator<readonly HistoryLine[]> {
    yield* readLines(await this.database(), reading);
  }

  async historyHead(): Promise<HistoryHead | undefined> {
    return await readHead(await this.database());
  }

  async publishedCrl(): Promise<bigint | undefined> {
    return await readNumber(await this.database(), "published_crl");
  }

  async certificate(serial: string): Promise<Uint8Array> {
    const database = await this.database();
    const [row] = await database.query("SELECT der FROM certificates WHERE serial = ?", [
      toSerialBytes(serial),
    ]);
    const der = row?.["der"];
    if (!(der instanceof Uint8Array)) {
      throw new FileSystemError("ENOENT", "open", this.nameOf({ certificate: serial }).absolute);
    }
    return encodePem("CERTIFICATE", der);
  }

  async find(serial: string): Promise<CertificateRecord | undefined> {
    const database = await this.database();
    const [row] = await database.query(
      `SELECT ${recordColumns} FROM certificates WHERE serial = ?`,
      [toSerialBytes(serial)],
    );
    return row && new RowReader(database.name).record(row);
  }

  async *pages(filter: RecordFilter = {}): AsyncGenerator<readonly CertificateRecord[]> {
    const reader = new RowReader((await this.database()).name);
    for await (const rows of this.rows(recordColumns, filter)) {
      yield rows.map((row) => reader.record(row));
    }
  }

  async *revocations(): AsyncGenerator<readonly Revocation[]> {
    const reader = new RowReader((await this.database()).name);
    for await (const rows of this.rows(revocationColumns, { status: "revoked" })) {
      yield rows.map((row) => reader.revocation(row));
    }
  }

  async count(filter: RecordFilter = {}): Promise<number> {
    const database = await this.database();
    // The index of ends counts its rows without reading them.
    const isByEnd = filter.status === "active" && !isIndexed(filter);
    const { sql, parameters } = conditionOf(filter, isByEnd ? "ends" : "table");
    const [row] = await database.query(
      `SELECT count(*) AS count FROM certificates WHERE ${sql}`,
      parameters,
    );
    return Number(row?.["count"] ?? 0);
  }

  async details(serial: string): Promise<CertificateDetails | undefined> {
    const database = await this.database();
    const [row] = await database.query(
      `SELECT number, serial, ${readDetailColumns} FROM certificates WHERE serial = ?`,
      [toSerialBytes(serial)],
    );
    return row && new RowReader(database.name).details(row);
  }

  async *describedPages(filter: RecordFilter = {}): AsyncGenerator<readonly DescribedRecord[]> {
    const reader = new RowReader((await this.database()).name);
    for await (const rows of this.rows(`${recordColumns}, ${readDetailColumns}`, filter)) {
      yield rows.map((row) => ({ record: reader.record(row), details: reader.details(row) }));
    }
  }

  async findByKey(keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const database = await this.database();
    const reader = new RowReader(database.name);
    const found = new Set<string>();
    for (const key of keys) {
      const rows = await database.query(
        "SELECT number, serial FROM certificates WHERE key = ? ORDER BY number",
        [Uint8Array.fromHex(key)],
      );
      for (const row of rows) found.add(reader.serial(row));
    }
    return found;
  }

  async enrolments(kind: EnrolmentKind): Promise<ReadonlyMap<string, string>> {
    const database = await this.database();
    const rows = await database.query("SELECT id, content FROM enrolments WHERE kind = ?", [kind]);
    return new Map(
      rows.flatMap(({ id, content }) =>
        typeof id === "string" && typeof content === "string" ? [[id, content] as const] : []
      ),
    );
  }

  async enrolment(kind: EnrolmentKind, id: string): Promise<string | undefined> {
    const database = await this.database();
    const [row] = await database.query(
      "SELECT content FROM enrolments WHERE kind = ? AND id = ?",
      [kind, id],
    );
    return typeof row?.["content"] === "string" ? row["content"] : undefined;
  }

  async generation(): Promise<string> {
    const database = await this.database();
    const row = await readCa(database, "last_change, moved_to");
    await requireNotMoved(database, row, (found) => this.#isBegun(found));
    const { last_change: mark } = row;
    const { crl, derCrl, certificate, chain, previous } = this.directory.paths;
    const { bundle, rollover, key } = this.directory.paths;
    const own = [crl, derCrl, certificate, chain, previous, bundle, rollover, key];
    const files = own.map((path) => {
      const info = statIfPresent(this.files, path);
      return info === undefined ? "-" : `${info.device}.${info.inode}.${info.size}`;
    });
    return [mark, ...files].join(" ");
  }

  async inspect(): Promise<StoreInspection> {
    const { SqlInspection } = await import("./inspection/mod.ts");
    return new SqlInspection(this.files, this.directory, {
      kind: this.kind,
      database: () => this.database(),
      rows: (columns) => this.rows(columns, {}),
    });
  }

  /** The rows of certificates in the order of issue, all of one moment. `columns` include `number`. */
  protected async *rows(
    columns: string,
    filter: RecordFilter,
  ): AsyncGenerator<readonly SqlRow[]> {
    if (filter.lastOfEach !== undefined && filter.subjects !== undefined) {
      yield* this.#lastRows(columns, filter);
      return;
    }
    const database = await this.database();
    if (filter.order === "end") {
      yield* this.#rowsByEnd(columns, filter);
      return;
    }
    const { sql, parameters } = conditionOf(filter);
    const place = isIndexed(filter) ? "number + 0" : "number";
    const statement = `SELECT ${columns} FROM certificates WHERE ${place} > ? AND ${sql} ` +
      `ORDER BY number LIMIT ${pageSize}`;
    for (let last = -1;;) {
      const page = await database.query(statement, [last, ...parameters]);
      if (page.length > 0) yield page;
      const end = page.at(-1)?.["number"];
      if (page.length < pageSize || typeof end !== "number") return;
      last = end;
    }
  }

  /** The last rows of each subject. */
  async *#lastRows(
    columns: string,
    { lastOfEach = pageSize, subjects = new Set(), ...filter }: RecordFilter,
  ): AsyncGenerator<readonly SqlRow[]> {
    const database = await this.database();
    for (const subject of subjects) {
      const { sql, parameters } = conditionOf({ ...filter, subjects: new Set([subject]) });
      const rows = await database.query(
        `SELECT ${columns} FROM certificates WHERE ${sql} ORDER BY number DESC LIMIT ?`,
        [...parameters, lastOfEach],
      );
      yield rows.toReversed();
    }
  }

  /** Rows by their ends, which an index has in this order. */
  async *#rowsByEnd(
    columns: string,
    filter: RecordFilter,
  ): AsyncGenerator<readonly SqlRow[]> {
    const database = await this.database();
    const { sql, parameters } = conditionOf(filter, isIndexed(filter) ? "table" : "ends");
    // Page by page, later pages larger: the first one is often all that is wanted.
    let last: readonly SqlValue[] = ["", -1];
    for (let size = 64;; size = pageSize) {
      const page = await database.query(
        `SELECT ${columns} FROM certificates WHERE ${sql} AND (not_after, number) > (?, ?) ` +
          `ORDER BY not_after, number LIMIT ${size}`,
        [...parameters, ...last],
      );
      if (page.length > 0) yield page;
      const end = page.at(-1);
      if (end === undefined || page.length < size) return;
      last = [end["not_after"] ?? "", end["number"] ?? -1];
    }
  }

  /** The connection. The first call checks that the database is the one of this CA. */
  protected database(): Promise<SqlDatabase> {
    return this.#connection ??= this.#connect().catch((error) => {
      this.#connection = undefined;
      throw error;
    });
  }

  async #connect(): Promise<SqlDatabase> {
    const database = await this.kind.connect("read", { timeout: readTimeout });
    await this.requireOwn(database);
    return database;
  }

  /** @throws WrongDatabaseError, StoreMovedError */
  protected async requireOwn(database: SqlDatabase): Promise<void> {
    const root = await attemptAsync(async () => readSingleCertificateFile(await this.root()).der);
    await requireOwnDatabase(database, root, (mark) => this.#isBegun(mark));
  }

  /** Whether a move of this CA has begun with this mark, and was not finished. */
  async #isBegun(mark: SqlValue): Promise<boolean> {
    const { store, move } = await readStoreFile(this.files, this.directory);
    return store === this.kind.store && move?.mark === mark;
  }
}

const names: Readonly<Partial<Record<Exclude<Part, FilePart> & string, string>>> = {
  publishedCrl: "crlpublished",
  serial: "serial",
  crlNumber: "crlnumber",
  history: "history",
  shards: "shards",
};
