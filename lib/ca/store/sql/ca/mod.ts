/** What a database has about the CA itself, and the first rows of a new one. */
export { insertNewCa } from "./new_ca.ts";
export {
  type CounterColumn,
  insertCa,
  lastMark,
  markChange,
  markMoved,
  readCa,
  readNumber,
  requireKeyIdentifier,
  requireNotMoved,
  requireOwnDatabase,
  takeBackMove,
  updateCa,
} from "./row.ts";
