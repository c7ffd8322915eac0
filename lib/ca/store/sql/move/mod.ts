/** The part of a move that every database has in common. */
export { SqlFilling, unfinished } from "./fill.ts";
export { serialsIn } from "./old_serials.ts";
