/** The order in which the files of a CA are changed within one transaction, for every command. */
import type { CreateEntry, Entry, ReplaceEntry } from "../../../transaction/mod.ts";

/** The files that one change makes or replaces. Each command needs some of them. */
interface ChangedFiles {
  /** `serial`, advanced. */
  readonly serial: ReplaceEntry | undefined;
  /** New ones in `certs/`. */
  readonly certificates: readonly CreateEntry[];
  readonly index: ReplaceEntry | undefined;
  readonly crl: Entry | undefined;
  /** `crlnumber`, advanced. */
  readonly crlNumber: ReplaceEntry | undefined;
  /** What `ca check --repair` mends: counters, then the index, then what is only closed. */
  readonly mended: readonly Entry[];
}

/**
 * The entries of a transaction, in the order in which they are applied.
 *
 * Recovery finishes or undoes a change that a crash cut short, whatever the order. The order limits the harm
 * where nobody ever recovers:
 * - `ca sign`: the counter first, then the certificates, then the index. A crash in between can lose a
 *   number, and never uses one twice; and each entry of the index has its file. For the same reason the
 *   counter stays where it is when the rest is undone.
 * - `ca crl`: the list before its number. An old list does more harm than an old number.
 */
export function inOrderOfApply(changed: ChangedFiles): Entry[] {
  const { serial, certificates, index, crl, crlNumber, mended } = changed;
  const counter: Entry[] = serial === undefined ? [] : [{ ...serial, onRollback: "keep" }];
  const others = [index, crl, crlNumber].filter((entry) => entry !== undefined);
  return [...counter, ...certificates, ...others, ...mended];
}
