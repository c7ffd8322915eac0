/** The table `[postgres]` of `ca.toml`: the database of a CA with the store `postgres`. */
export { readPostgres } from "./read_table.ts";
export { postgresTable } from "./schema.ts";
export type { PostgresSettings, PostgresTlsSettings } from "./settings.ts";
