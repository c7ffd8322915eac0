/** The history of a CA in a database. */
export { appendEvents, insertLines, readHead, readLines } from "./rows.ts";
