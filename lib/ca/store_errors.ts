/** Errors about the store of a CA. */
import { CertswapError } from "../system/mod.ts";

/** `store.json` does not say which kind of store the CA has. */
export class StoreFileError extends CertswapError {
  readonly code = "bad-store-file";
  readonly path: string;
  readonly problem: "not-json" | "other-version" | "unknown-store";

  constructor(path: string, problem: StoreFileError["problem"]) {
    super(`${path}: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/** A database is not one that this certswap can use for this CA. */
export class WrongDatabaseError extends CertswapError {
  readonly code = "wrong-database";
  /** The file or the server. */
  readonly database: string;
  readonly problem:
    /** It is not the database of a CA. */
    | "not-a-ca"
    /** An older or a newer version of certswap made it. */
    | "older-schema"
    | "newer-schema"
    /** It belongs to another CA: its certificate has another key identifier. */
    | "other-ca"
    /** Its one row about the CA is missing. */
    | "no-ca";

  constructor(database: string, problem: WrongDatabaseError["problem"]) {
    super(`${database}: ${problem}`);
    this.database = database;
    this.problem = problem;
  }
}

/** A store is no longer in use: its CA has moved to another one. */
export class StoreMovedError extends CertswapError {
  readonly code = "store-moved";
  /** The file or the server. */
  readonly store: string;
  /** The kind of store that the CA has moved to. */
  readonly to: string;

  constructor(store: string, to: string) {
    super(`${store} has moved to ${to}`);
    this.store = store;
    this.to = to;
  }
}

/** A row of a database cannot be what certswap has written. */
export class BadRowError extends CertswapError {
  readonly code = "bad-row";
  /** The file or the server. */
  readonly database: string;
  /** The table, and the row in it. Untrusted. */
  readonly row: string;
  readonly column: string;

  constructor(database: string, row: string, column: string) {
    super(`${database}: ${row}: ${column}`);
    this.database = database;
    this.row = row;
    this.column = column;
  }
}
