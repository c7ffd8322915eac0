/** The history of a CA in a database. */
export { appendEvents } from "./append.ts";
export { insertLines, linesAbout, readHead, readLines } from "./rows.ts";
