/** The site of a pair's or a CA's transactions: its lock, journal and temporary names. */
import { directoryOf, join, nameOf } from "../system/mod.ts";

/**
 * Where the transactions of one pair or one CA keep their lock and journal, and which files they may change.
 */
export interface Site {
  /** `.certswap/`, absolute. Created (0700) by the first command that changes anything. */
  readonly stateDirectory: string;
  /** Distinguishes this site's files in the state directory: `cert.pem`, `ca`. */
  readonly name: string;
  /**
   * If set, the journal names its targets relative to this directory, so that the directory can be copied
   * with a journal in it.
   */
  readonly base?: string;
  /**
   * Whether `target` (absolute) is a file that this site's transactions may change. A journal that names
   * another is refused.
   */
  manages(target: string): boolean;
  /**
   * Whether another site may also manage a target, under its own lock: for example two pairs with one key.
   * Default: no.
   */
  sharesTarget?(target: string): boolean;
  /** The directories of all targets, without the state directory. Those that do not exist are skipped. */
  readonly directories: readonly string[];
  /**
   * Lists a directory for recovery instead of the file system: for a caller that needs a long list itself,
   * and reads it only once.
   */
  readonly list?: (directory: string) => readonly string[];
}

/** Permission bits of the state directory, and of certswap's own files in it. */
export const ownMode = { stateDirectory: 0o700, lock: 0o600, journal: 0o600 } as const;

/** The file whose flock(2) excludes a second run. Never removed. */
export const lockPath = (site: Pick<Site, "stateDirectory" | "name">): string =>
  join(site.stateDirectory, `${site.name}.lock`);

/** The small file that records a transaction. Its appearance is the commit point. */
export const journalPath = (site: Pick<Site, "stateDirectory" | "name">): string =>
  join(site.stateDirectory, `${site.name}.journal`);

/** The name of staged content, complete and durable, in its target's own directory. */
export const stagedPath = (target: string): string => temporaryName(target, "tmp");

/** The name of a target's old content until the transaction ends. */
export const backupPath = (target: string): string => temporaryName(target, "bak");

/**
 * A name beside `target` that certswap keeps for itself: hidden, so that a service that loads a whole
 * directory does not load it.
 */
export function temporaryName(target: string, suffix: string): string {
  return join(directoryOf(target), `.${nameOf(target)}.certswap.${suffix}`);
}

/**
 * The target that a temporary name in `directory` belongs to; `undefined` if it is not one of certswap's
 * names.
 */
export function targetOfTemporaryName(directory: string, name: string): string | undefined {
  // Every start looks at each name of a few directories: no regular expression has to be compiled.
  const suffix = temporarySuffixes.find((suffix) => name.endsWith(suffix));
  if (suffix === undefined || !name.startsWith(".")) return undefined;
  const target = name.slice(1, -suffix.length);
  const isName = target !== "" && !lineEnds.some((end) => target.includes(end));
  return isName ? join(directory, target) : undefined;
}

const temporarySuffixes = [".certswap.tmp", ".certswap.bak"] as const;

/** Names with these are left alone: certswap has not made them. */
const lineEnds = ["\n", "\r", "\u2028", "\u2029"] as const;
