/** SQLite, which is part of the runtime. Loaded only if there is such a database. */
import type { SqlDatabase, SqliteOptions, SqlRow, SqlValue } from "./database.ts";
import {
  CommitFailedError,
  DatabaseBusyError,
  DatabaseError,
  type DatabaseProblem,
} from "./errors.ts";
import { Nesting } from "./nesting.ts";

type DatabaseSync = import("node:sqlite").DatabaseSync;

/** How much of a database is kept in memory, in KiB. The default is 2 MiB: too little for large indexes. */
const cacheSize = 64 * 1024;

/** Opens a database file. See `Databases.openSqlite`. */
export function openSqlite(path: string, { access, busyTimeout }: SqliteOptions): SqlDatabase {
  return guard(path, () => {
    const isRead = access === "read";
    const { DatabaseSync } = sqlite();
    const database = new DatabaseSync(path, {
      readOnly: isRead,
      timeout: busyTimeout,
      enableForeignKeyConstraints: true,
    });
    try {
      // A view or a trigger in a file that someone has prepared must not run functions with side effects.
      database.exec(`PRAGMA trusted_schema = OFF; PRAGMA cache_size = -${cacheSize}`);
      if (!isRead) database.exec("PRAGMA synchronous = FULL");
      return new SqliteDatabase(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Not imported: a bundle would load it at every start. */
const sqlite = (): typeof import("node:sqlite") =>
  globalThis.process.getBuiltinModule("node:sqlite");

/** Makes the content of a database file. See `Databases.makeSqlite`. */
export async function makeSqlite(
  work: (database: SqlDatabase) => Promise<void>,
): Promise<Uint8Array> {
  const { DatabaseSync } = sqlite();
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: true });
  try {
    await work(new SqliteDatabase(database, "memory"));
    return database.serialize();
  } finally {
    database.close();
  }
}

/** A statement, with a method that the types of Deno lack. */
type Statement = ReturnType<DatabaseSync["prepare"]> & {
  setReturnArrays(enabled: boolean): void;
};

/** A statement, which returns arrays, and the names of its columns. */
interface Prepared {
  readonly statement: Statement;
  readonly columns: readonly string[];
}

/** A connection to an SQLite database. */
export class SqliteDatabase implements SqlDatabase {
  readonly name: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  readonly #nesting = new Nesting();

  constructor(database: DatabaseSync, name: string) {
    this.#database = database;
    this.name = name;
  }

  // deno-lint-ignore require-await -- asynchronous for other databases
  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return guard(this.name, () => {
      const { statement, columns } = this.#prepare(sql);
      const rows = statement.all(...parameters) as unknown as readonly (readonly SqlValue[])[];
      return rows.map((values) => toRow(columns, values));
    });
  }

  // deno-lint-ignore require-await
  async runEach(sql: string, parameters: readonly (readonly SqlValue[])[]): Promise<void> {
    guard(this.name, () => {
      const { statement } = this.#prepare(sql);
      for (const each of parameters) statement.run(...each);
    });
  }

  // deno-lint-ignore require-await
  async script(sql: string): Promise<void> {
    guard(this.name, () => this.#database.exec(sql));
  }

  async transaction<T>(access: "read" | "write", work: () => Promise<T>): Promise<T> {
    const sql = access === "read" ? "BEGIN" : "BEGIN IMMEDIATE";
    return await this.#nesting.run(work, {
      begin: () => guard(this.name, () => void this.#prepare(sql).statement.run()),
      commit: () => this.#commit(),
      rollBack: () => this.#rollBack(),
    });
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    if (this.#database.isOpen) guard(this.name, () => this.#database.close());
  }

  #commit(): void {
    try {
      guard(this.name, () => this.#prepare("COMMIT").statement.run());
    } catch (cause) {
      this.#rollBack();
      throw new CommitFailedError(this.name, { cause });
    }
  }

  /** The error that led here matters more. After some errors, SQLite has rolled back by itself. */
  #rollBack(): void {
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // Closing the connection, or the end of the process, rolls back.
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql) as Statement;
    // The runtime makes its objects slowly: with arrays, a million rows take half the time.
    statement.setReturnArrays(true);
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** A row. @param columns their names, in the order of the values. */
function toRow(columns: readonly string[], values: readonly SqlValue[]): SqlRow {
  const row: Record<string, SqlValue> = {};
  for (let index = 0; index < columns.length; index++) {
    row[columns[index] ?? ""] = values[index] ?? null;
  }
  return row;
}

/** Does work with SQLite, and makes its errors those of the door. */
function guard<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!isSqliteError(cause)) throw cause;
    const problem = problemOf(cause);
    if (problem === "busy") throw new DatabaseBusyError(name, { cause });
    throw new DatabaseError(name, { problem, detail: cause.message, cause });
  }
}

interface SqliteError extends Error {
  /** The result code, perhaps an extended one; `undefined` for some errors. */
  readonly errcode?: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** By primary result code, see "Result and Error Codes" in the SQLite documentation. */
const problems: ReadonlyMap<number, DatabaseProblem | "busy"> = new Map([
  [5, "busy"],
  [6, "busy"],
  [8, "read-only"],
  [10, "input-output"],
  [11, "damaged"],
  [13, "full"],
  [14, "cannot-open"],
  [19, "constraint"],
  [23, "access"],
  [26, "not-a-database"],
]);

/** By the text of `sqlite3_errstr`, for errors that the runtime reports without their code. */
const texts: readonly (readonly [RegExp, DatabaseProblem | "busy"])[] = [
  [/^no such (?:table|column)|has no column named/, "schema"],
  [/^database is locked/, "busy"],
  [/^attempt to write a readonly database/, "read-only"],
  [/^disk I\/O error/, "input-output"],
  [/^database disk image is malformed|^malformed database schema/, "damaged"],
  [/^database or disk is full/, "full"],
  [/^unable to open database file/, "cannot-open"],
  [/constraint failed/, "constraint"],
  [/^file is not a database/, "not-a-database"],
];

/** By extended result code, if it says more than its primary one. */
const extendedProblems: ReadonlyMap<number, DatabaseProblem> = new Map([
  // SQLITE_IOERR_SHMSIZE: the index of the log, which every reader needs, has no room on the disk.
  [4874, "full"],
]);

/** What an error of SQLite means. */
export function problemOf(
  { errcode, message }: Pick<SqliteError, "errcode" | "message">,
): DatabaseProblem | "busy" {
  const known = errcode === undefined
    ? undefined
    : extendedProblems.get(errcode) ?? problems.get(errcode & 0xff);
  return known ?? texts.find(([pattern]) => pattern.test(message))?.[1] ?? "other";
}
