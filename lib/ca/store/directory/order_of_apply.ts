/** The order in which a transaction changes the files of a CA. The same for every command. */
import type { CreateEntry, Entry, ReplaceEntry } from "../../../transaction/mod.ts";

/** The files that a change creates or replaces. Each command needs some of them. */
interface ChangedFiles {
  /** `serial`, increased. */
  readonly serial: ReplaceEntry | undefined;
  /** New files in `certs/`. */
  readonly certificates: readonly CreateEntry[];
  /** `details.jsonl`. */
  readonly details: Entry | undefined;
  /** `enrolments.json`. */
  readonly enrolments: Entry | undefined;
  readonly index: ReplaceEntry | undefined;
  /** `shards.json`. */
  readonly shards: Entry | undefined;
  /** The CRL and its copy, and those of the shards. */
  readonly crls: readonly Entry[];
  /** `crlnumber`, increased. */
  readonly crlNumber: ReplaceEntry | undefined;
  /** The number of the CRL that was published. */
  readonly publishedCrl: Entry | undefined;
  /** The CA's own certificates: the older ones, then those above, then its own. */
  readonly own: readonly Entry[];
  /** `ca.key`. It is never changed together with another file. */
  readonly key: ReplaceEntry | undefined;
  /** Repairs of `ca check --repair`: counters, then the index, then files with only a new mode. */
  readonly mended: readonly Entry[];
  /** `history.jsonl`, and a new segment. */
  readonly history: readonly Entry[];
}

/**
 * The entries of a transaction in the order in which they are applied.
 *
 * Recovery can finish or undo an interrupted change in any order. The order limits the damage if recovery
 * never runs:
 * - `ca sign`: the counter, then the certificates, then their details, then the index. A crash in between can
 *   skip a number but never reuses one, and every entry of the index has its file. For the same reason the
 *   counter keeps its new value when the rest is rolled back.
 * - `ca crl`: the CRL, its copy, then its number. An old CRL does more damage than an old number.
 * - A renewal of the CA's own certificate: the counter, then the older certificates, then the new one. A
 *   crash in between can list the current certificate among the older ones, but never loses one.
 * - The history comes last: it tells only what was done.
 */
export function inOrderOfApply(changed: ChangedFiles): Entry[] {
  const { serial, certificates, details, enrolments, index, shards, crls } = changed;
  const { crlNumber, publishedCrl, key } = changed;
  const counter: Entry[] = serial === undefined ? [] : [{ ...serial, onRollback: "keep" }];
  // The addresses of shards come before the certificates that have them.
  const first = [...counter, ...(shards === undefined ? [] : [shards]), ...certificates];
  const others = [details, index, enrolments, ...crls, crlNumber, publishedCrl, key]
    .filter((entry) => entry !== undefined);
  return [...first, ...others, ...changed.own, ...changed.mended, ...changed.history];
}
