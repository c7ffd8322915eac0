/** The errors of the door to databases. */
import { CertswapError } from "../errors.ts";

/** Why a database refused something. */
export type DatabaseProblem =
  /** The disk is full. */
  | "full"
  /** Its content contradicts itself. */
  | "damaged"
  /** The file is not a database. */
  | "not-a-database"
  /** It, or its file system, cannot be written. */
  | "read-only"
  /** It does not exist, or may not be opened. */
  | "cannot-open"
  /** Reading or writing failed. */
  | "input-output"
  /** A row contradicts the schema: a number that must be unique is not. */
  | "constraint"
  /** A table or a column is missing. */
  | "schema"
  /** The server cannot be reached, or ended the connection. */
  | "connection"
  /** The server refused the user or the password. */
  | "access"
  /** The time limit of a statement was reached. */
  | "time-limit"
  | "other";

/** A database refused something. */
export class DatabaseError extends CertswapError {
  readonly code = "database-failed";
  /** The file or the server. */
  readonly database: string;
  readonly problem: DatabaseProblem;
  /** The text of the database itself. Untrusted. */
  readonly detail: string;

  constructor(
    database: string,
    { problem, detail, ...options }: ErrorOptions & {
      readonly problem: DatabaseProblem;
      readonly detail: string;
    },
  ) {
    super(`${database}: ${problem}: ${detail}`, options);
    this.database = database;
    this.problem = problem;
    this.detail = detail;
  }
}

/** Another program holds the lock of a database for too long. */
export class DatabaseBusyError extends CertswapError {
  readonly code = "database-busy";
  readonly database: string;

  constructor(database: string, options?: ErrorOptions) {
    super(`${database} is locked`, options);
    this.database = database;
  }
}

/** COMMIT failed or was not answered (`cause`): it has to be found out whether it took place. */
export class CommitFailedError extends CertswapError {
  readonly code = "database-commit-failed";
  readonly database: string;

  constructor(database: string, options: { readonly cause: unknown }) {
    super(`${database}: COMMIT failed`, options);
    this.database = database;
  }
}
