/**
 * The checks for pairs in several directories, for lazy imports only: the bundle has them in a separate file.
 * That file has its own copy of every class, so it returns only plain values.
 */
export { findMissingFile } from "./not_mounted.ts";
export { forgetLastKnown } from "./note.ts";
