/** PostgreSQL. Loaded only if there is such a database. */
export { openPostgres } from "./database.ts";
