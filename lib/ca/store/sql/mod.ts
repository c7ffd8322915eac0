/** A CA's store in a database, written once for every database. */
export { insertCa, keyIdentifierIn, lastMark, markChange, readCa, updateCa } from "./ca_row.ts";
export { insertCertificates } from "./certificates.ts";
export { insertLines } from "./history/mod.ts";
export type { ConnectOptions, SqlKind } from "./kind.ts";
export { RowReader } from "./rows.ts";
export { SqlStore } from "./sql_store.ts";
