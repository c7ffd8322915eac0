/** What the store in SQL needs to know of the database that it is kept in. */
import type { SqlDatabase } from "../../../system/mod.ts";
import type { Finding } from "../finding.ts";
import type { StoreName } from "../store_name.ts";

/** A kind of database. The statements are the same for all; this is what differs. */
export interface SqlKind {
  readonly store: StoreName;
  /** What findings and reports call the database: `ca.db`. Parts of it are called `ca.db#serial`. */
  readonly inStore: string;
  /** The end of a SELECT that keeps others from changing the rows that it finds. */
  readonly forUpdate: string;
  /**
   * Connects, and checks that the database has the schema of this version.
   *
   * @throws DatabaseError, WrongDatabaseError, UntrustedPlaceError, CaIncompleteError if there is none.
   */
  connect(access: "read" | "write", options: ConnectOptions): Promise<SqlDatabase>;
  /** Problems with how the database is stored, for `ca check`. */
  keeping(): Promise<readonly Finding[]>;
}

/** How to connect. */
export interface ConnectOptions {
  /** How long to wait for another process, in milliseconds. */
  readonly timeout: number;
}
