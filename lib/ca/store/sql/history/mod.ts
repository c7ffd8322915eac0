/** The history of a CA in a database. */
export { appendEvents, insertLines, linesAbout, readHead, readLines } from "./rows.ts";
