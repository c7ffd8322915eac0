/** Reads a store in a database for `ca check`. */
export { SqlInspection } from "./sql_inspection.ts";
