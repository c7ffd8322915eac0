/** Where the transactions of a pair or a CA happen: their lock, their journal and their temporary names. */
import { directoryOf, join, nameOf } from "../system/mod.ts";

/**
 * Where the transactions of one pair, or of one CA, keep their lock and journal, and which files
 * they may change.
 */
export interface Site {
  /** `.certswap/`, absolute. Made (0700) by the first changing command. */
  readonly stateDirectory: string;
  /** What tells this site's files in the state directory from others': `cert.pem`, `ca`. */
  readonly name: string;
  /**
   * Where set, the journal names its targets relative to this directory, so that the directory can be
   * copied elsewhere with a journal in it.
   */
  readonly base?: string;
  /**
   * Whether `target` (absolute) is a file that this site's transactions may change. A journal that names
   * another is refused.
   */
  manages(target: string): boolean;
  /**
   * Whether another site may manage a target too, under a lock of its own: two pairs with one key, say. Left
   * out: none is.
   */
  sharesTarget?(target: string): boolean;
  /** The directories of all targets, the state directory aside; those that do not exist are passed over. */
  readonly directories: readonly string[];
  /**
   * Lists a directory for recovery, instead of the file system: for a caller that needs the names of
   * very many files itself, and so lists them only once.
   */
  readonly list?: (directory: string) => readonly string[];
}

/** Permission bits of what certswap keeps for itself in the state directory, and of that directory. */
export const ownMode = { stateDirectory: 0o700, lock: 0o600, journal: 0o600 } as const;

/** The file whose flock(2) keeps two runs apart. Never removed. */
export const lockPath = (site: Pick<Site, "stateDirectory" | "name">): string =>
  join(site.stateDirectory, `${site.name}.lock`);

/** The one small file that records a transaction. Its appearance is the commit point. */
export const journalPath = (site: Pick<Site, "stateDirectory" | "name">): string =>
  join(site.stateDirectory, `${site.name}.journal`);

/** Where new content waits, complete and durable, in its target's own directory. */
export const stagedPath = (target: string): string => temporaryName(target, "tmp");

/** Where a target's old content is held until the transaction ends. */
export const backupPath = (target: string): string => temporaryName(target, "bak");

/**
 * A name of certswap's own beside `target`: hidden, so that a service that loads a whole directory does not
 * load it.
 */
export function temporaryName(target: string, suffix: string): string {
  return join(directoryOf(target), `.${nameOf(target)}.certswap.${suffix}`);
}

/**
 * The target that a temporary name in `directory` belongs to, `undefined` where the name is none of
 * certswap's own.
 */
export function targetOfTemporaryName(directory: string, name: string): string | undefined {
  const target = /^\.(?<target>.+)\.certswap\.(?:tmp|bak)$/.exec(name)?.groups?.["target"];
  return target === undefined ? undefined : join(directory, target);
}
