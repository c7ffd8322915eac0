/** The door to databases. */
export {
  type Databases,
  denoDatabases,
  type SqlDatabase,
  type SqliteOptions,
  type SqlRow,
  type SqlValue,
} from "./database.ts";
export {
  CommitFailedError,
  DatabaseBusyError,
  DatabaseError,
  type DatabaseProblem,
} from "./errors.ts";
export {
  DatabaseConnectionError,
  DatabaseLoginError,
  DatabasePasswordError,
} from "./postgres_errors.ts";
export type {
  PostgresLimits,
  PostgresOptions,
  PostgresPlace,
  PostgresTls,
} from "./postgres_options.ts";
