/** A CA's store in a database, written once for every database. */
export {
  insertCa,
  insertNewCa,
  lastMark,
  markChange,
  markMoved,
  readCa,
  requireKeyIdentifier,
  takeBackMove,
  updateCa,
} from "./ca/mod.ts";
export { insertCertificates } from "./certificates.ts";
export { type ConnectOptions, type SqlKind, whileConnected } from "./kind.ts";
export { certificateColumns } from "./rows.ts";
export { SqlStore } from "./sql_store.ts";
