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
