/** The door to databases. Asynchronous, because a database may be on another machine. */
import { denoEnvironment } from "../process/mod.ts";
import type { PostgresOptions } from "./postgres_options.ts";

/** A value of a row or a parameter. Integers are those that a number can hold exactly. */
export type SqlValue = null | number | string | Uint8Array;

/** A row, by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** An open database. Every method throws `DatabaseError` and `DatabaseBusyError`. */
export interface SqlDatabase {
  /** What messages call it. */
  readonly name: string;
  /**
   * Runs one statement.
   *
   * @param sql with a `?` for each parameter, and for nothing else.
   * @returns the rows of its result.
   */
  query(sql: string, parameters?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Runs one statement for each list of parameters, in this order. */
  runEach(sql: string, parameters: readonly (readonly SqlValue[])[]): Promise<void>;
  /** Runs several statements without parameters. */
  script(sql: string): Promise<void>;
  /**
   * Does work in a transaction: everything that it changes, or nothing. In a transaction already: does the
   * work as a part of it.
   *
   * @param access `read`: all that it reads is of one moment. `write`: no other transaction writes meanwhile.
   * @throws CommitFailedError if it is unknown whether it was committed; the errors of `work`.
   */
  transaction<T>(access: "read" | "write", work: () => Promise<T>): Promise<T>;
  /** Ends the connection. Does nothing if it has ended. */
  close(): Promise<void>;
}

/** How to open an SQLite database. */
export interface SqliteOptions {
  /**
   * `read` writes nothing but the two files beside the database that SQLite itself keeps (`-wal`, `-shm`).
   */
  readonly access: "read" | "write";
  /** How long to wait for the lock of another process, in milliseconds. */
  readonly busyTimeout: number;
}

/** The door itself. */
export interface Databases {
  /**
   * Opens an SQLite database file. Everything is durable when COMMIT returns (`synchronous=FULL`). Foreign
   * keys are enforced. Changes nothing: the caller sets its WAL,
   * when it has created the database or checked it.
   *
   * @param path absolute, checked by the caller: SQLite follows links, and creates a missing file.
   * @throws DatabaseError
   */
  openSqlite(path: string, options: SqliteOptions): Promise<SqlDatabase>;
  /** Makes the content of an SQLite database file, in memory. */
  makeSqlite(work: (database: SqlDatabase) => Promise<void>): Promise<Uint8Array>;
  /**
   * Connects to a database of a PostgreSQL server. A session that was lost is replaced by a new one, but
   * never within a transaction. No variable of the environment has any effect.
   *
   * @throws DatabaseConnectionError, DatabaseLoginError, DatabasePasswordError
   */
  openPostgres(options: PostgresOptions): Promise<SqlDatabase>;
  /** The directory with the credentials of this service, see systemd.exec(5); `undefined`: there is none. */
  credentials(): string | undefined;
}

/**
 * The real one. SQLite needs the read and write permission for its files, PostgreSQL `net` for its server,
 * or for a socket, which is also a file.
 */
export const denoDatabases: Databases = {
  // Loaded when needed: most commands open no database.
  async openSqlite(path, options) {
    const { openSqlite } = await import("./sqlite.ts");
    return openSqlite(path, options);
  },
  async makeSqlite(work) {
    const { makeSqlite } = await import("./sqlite.ts");
    return await makeSqlite(work);
  },
  async openPostgres(options) {
    const { openPostgres } = await import("./postgres/mod.ts");
    return await openPostgres(options);
  },
  credentials: () => denoEnvironment("CREDENTIALS_DIRECTORY"),
};
