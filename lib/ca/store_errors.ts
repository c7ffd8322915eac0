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
    | "no-ca"
    /** There are no tables of certswap where they are expected. */
    | "no-schema"
    /** An interrupted move has left rows in it. */
    | "unfinished"
    /** There is a CA in it, and a new one was to be created. */
    | "in-use"
    /** It is a copy that follows another server, and cannot be written. */
    | "replica";

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

/** A move would overwrite a store that an earlier move has kept. */
export class OldStoreKeptError extends CertswapError {
  readonly code = "old-store-kept";
  readonly path: string;
  readonly kind: string;

  constructor(path: string, kind: string) {
    super(`${path} of an earlier move`);
    this.path = path;
    this.kind = kind;
  }
}

/** A store has a certificate without a record: a move would lose it. */
export class MoveRefusedError extends CertswapError {
  readonly code = "move-refused";
  readonly serial: string;

  constructor(serial: string) {
    super(`no record of ${serial}`);
    this.serial = serial;
  }
}

/** Something is not the same in two stores of one CA. */
export class MoveDiffersError extends CertswapError {
  readonly code = "move-differs";
  /** `certificate 02`. */
  readonly part: string;

  constructor(part: string) {
    super(`${part} differs`);
    this.part = part;
  }
}

/** `ca check` has found problems in the new store of a move. */
export class MoveUnsoundError extends CertswapError {
  readonly code = "move-unsound";
  /** How many. */
  readonly problems: number;

  constructor(problems: number) {
    super(`${problems} problems`);
    this.problems = problems;
  }
}

/** The serial numbers of a CA are random, and `ca.toml` has to say so before it moves to a directory. */
export class RandomSerialsError extends CertswapError {
  readonly code = "random-serials-unsaid";
  readonly path: string;

  constructor(path: string) {
    super(`${path} must say serial = "random"`);
    this.path = path;
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

/** `ca.toml` does not say where the database of a CA is. */
export class NoPostgresSettingsError extends CertswapError {
  readonly code = "no-postgres-settings";
  /** The path of `ca.toml`. */
  readonly path: string;

  constructor(path: string) {
    super(`${path}: no [postgres]`);
    this.path = path;
  }
}

/** A file that is needed to log in to a server cannot be used: see `cause`. */
export class BadLoginFileError extends CertswapError {
  readonly code = "bad-login-file";
  readonly path: string;
  readonly use: "anchors" | "identity";

  constructor(path: string, use: BadLoginFileError["use"], options: { readonly cause: unknown }) {
    super(`${path}: ${use}`, options);
    this.path = path;
    this.use = use;
  }
}
