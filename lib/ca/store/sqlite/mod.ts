/** A CA's store in an SQLite database. */
import type { System } from "../../../system/mod.ts";
import type { DataDirectory } from "../files/mod.ts";
import { SqlStore } from "../sql/mod.ts";
import type { CaStore } from "../store.ts";
import { SqliteKind } from "./sqlite_kind.ts";

/** Opens the SQLite store of a CA. Connects only when something is read or changed. */
export function openSqliteStore(system: System, directory: DataDirectory): CaStore {
  return new SqlStore(system, directory, new SqliteKind(system, directory));
}
