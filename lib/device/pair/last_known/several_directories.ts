/**
 * What is asked of a pair in several directories, for lazy imports only: the bundle has it in a file of
 * its own. That has its own copy of every class, so nothing but plain values comes back.
 */
export { findMissingFile } from "./not_mounted.ts";
export { forgetLastKnown } from "./note.ts";
