/** A CA's store in a PostgreSQL database. */
import type { System } from "../../../system/mod.ts";
import type { DataDirectory } from "../files/mod.ts";
import { SqlStore } from "../sql/mod.ts";
import type { CaStore } from "../store.ts";
import { PostgresKind } from "./postgres_kind.ts";

export { closeSessions } from "./connections.ts";
export { schemaText, schemaVersion } from "./schema.ts";

/** Opens the PostgreSQL store of a CA. Connects only when something is read or changed. */
export function openPostgresStore(system: System, directory: DataDirectory): CaStore {
  return new SqlStore(system, directory, new PostgresKind(system, directory));
}
