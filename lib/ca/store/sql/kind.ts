/** What the store in SQL needs to know of the database that it is kept in. */
import type { SqlDatabase } from "../../../system/mod.ts";
import type { Finding } from "../finding.ts";
import type { StoreName } from "../store_name.ts";

/** A kind of database. The statements are the same for all; this is what differs. */
export interface SqlKind {
  readonly store: StoreName;
  /** What findings and reports call the database: `ca.db`. Parts of it are called `ca.db#serial`. */
  readonly inStore: string;
  /**
   * Connects, and checks that the database has the schema of this version.
   *
   * @throws DatabaseError, WrongDatabaseError, UntrustedPlaceError, CaIncompleteError if there is none.
   */
  connect(access: "read" | "write", options: ConnectOptions): Promise<SqlDatabase>;
  /**
   * Whether other machines use the database too, each with files of its own: then the CRL of this machine may
   * be older than that of the database.
   */
  readonly isShared: boolean;
  /** Marks a transaction that writes, so that {@linkcode wasCommitted} can tell whether it took place. */
  mark(database: SqlDatabase, mark: string): Promise<void>;
  /**
   * Finds out whether a transaction took place whose COMMIT failed or was not answered.
   *
   * @throws if that cannot be found out.
   */
  wasCommitted(mark: string, options: ConnectOptions): Promise<boolean>;
  /**
   * Does work while no other machine publishes a CRL. The caller holds the lock of this machine.
   *
   * @throws DatabaseBusyError, and the errors of `work`.
   */
  whilePublishing<T>(work: () => Promise<T>, options: ConnectOptions): Promise<T>;
  /** Problems with how the database is stored, for `ca check`. */
  keeping(): Promise<readonly Finding[]>;
}

/** How to connect. */
export interface ConnectOptions {
  /** How long to wait for another process, in milliseconds. */
  readonly timeout: number;
}

/**
 * Does work with a connection that can write, and ends it.
 *
 * @param timeout how long to wait for another process, in milliseconds.
 * @throws the errors of {@linkcode SqlKind.connect}, and those of `work`.
 */
export async function whileConnected<T>(
  kind: SqlKind,
  timeout: number,
  work: (database: SqlDatabase) => Promise<T>,
): Promise<T> {
  const database = await kind.connect("write", { timeout });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
