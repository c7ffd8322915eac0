import {
  type Attributes,
  type FileSystem,
  isErrno,
  join,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../system/mod.ts";
import {
  inspect,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
  type Session,
  withSession,
} from "../transaction/mod.ts";
import { type KeySource, webCryptoKeys } from "../x509/key/signer.ts";
import {
  type CaPaths,
  type DataDirectory,
  findDataDirectory,
  presenceOf,
} from "./store/directory/data_directory.ts";
import { CaIncompleteError, CaNotInitializedError } from "./errors.ts";
import { requireTrustedCa } from "./place.ts";

/** Which CA is meant. */
export interface CaLocation {
  /** Absolute or relative. */
  readonly dataDirectory: string;
}

/** What every changing command of a CA needs to know. */
export interface CaOptions extends CaLocation {
  /** How long to wait for another run, in milliseconds. */
  readonly lockTimeout: number;
  /** Where private keys come from. {@linkcode webCryptoKeys} where it is left out. */
  readonly keys?: KeySource;
}

/** A CA whose lock is held, with everything settled that an earlier run left behind. */
export interface LockedCa {
  readonly system: System;
  readonly written: string;
  readonly paths: CaPaths;
  readonly session: Session;
  /** What recovery found and did before. */
  readonly recovery: RecoveryReport;
  readonly keys: KeySource;
}

/** What every change of a CA reports. */
export interface ChangeReport {
  /** What recovery found and did before. */
  readonly recovery: RecoveryReport;
  /** What was noticed, and did not stop it. */
  readonly warnings: readonly unknown[];
}

/**
 * Takes the lock of a CA, recovers, and does `work`. Where there is no CA nothing is made, not even a lock.
 *
 * @throws CaNotInitializedError, CaIncompleteError, the errors of `withSession`, and those of `work`.
 */
export async function withCa<T>(
  system: System,
  options: CaOptions & { readonly work: (ca: LockedCa) => Promise<T> },
): Promise<T> {
  const { keys = webCryptoKeys, lockTimeout } = options;
  const directory = locateCa(system, options);
  requireTrustedCa(system, options.dataDirectory);
  const { written, paths, site } = directory;
  // A crashed `init` may have left a CA that recovery completes, or takes away; a session would make a lock.
  const before = isComplete(system, directory)
    ? undefined
    : await recover(system, site, { lockTimeout });
  requireComplete(system, directory);
  const listing = { ...system, files: listingOnce(system.files, paths.certificates) };
  return await withSession(listing, site, {
    lockTimeout,
    work: async (session) => {
      requireComplete(system, directory);
      for (const path of replacedFiles(paths)) requireNoLink(system.files, path);
      const recovery = before === undefined || before.outcome === "clean"
        ? session.recovery
        : before;
      return await options.work({ system: listing, written, paths, session, recovery, keys });
    },
  });
}

/**
 * Finds the directory of a CA, or of what a crashed `init` may have left of one.
 *
 * @throws CaNotInitializedError
 */
export function locateCa({ files }: System, { dataDirectory }: CaLocation): DataDirectory {
  const directory = findDataDirectory(files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError();
  return directory;
}

/**
 * Insists that there is a CA, or that recovery may yet complete one: asked before work that is in vain
 * without. Makes nothing.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function requirePossibleCa(system: System, location: CaLocation): Promise<void> {
  const directory = locateCa(system, location);
  if (isComplete(system, directory)) return;
  const { outcome } = await inspect(system, directory.site);
  if (outcome === "clean") requireComplete(system, directory);
}

/**
 * Finds a CA to look at, without a lock.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function findCa(system: System, location: CaLocation): Promise<DataDirectory> {
  const directory = locateCa(system, location);
  if (isComplete(system, directory)) return directory;
  // An init may be at work, or have been cut short: this says so, and settles nothing.
  const { outcome } = await outlookFor(system, directory);
  const isRecoveryDue = outcome !== "clean" && outcome !== "cleaned";
  requireComplete(system, directory, { isRecoveryDue });
  return directory;
}

function isComplete({ files }: System, { paths }: DataDirectory): boolean {
  const { key, certificate } = presenceOf(files, paths);
  return key && certificate;
}

/**
 * Insists that there is a CA.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export function requireComplete(
  system: System,
  { written, paths }: DataDirectory,
  state: { readonly isRecoveryDue?: boolean } = {},
): void {
  const { key, certificate } = presenceOf(system.files, paths);
  if (!key && !certificate) throw new CaNotInitializedError(state);
  if (!key) throw new CaIncompleteError(written, "ca.key", state);
  if (!certificate) throw new CaIncompleteError(written, "ca.crt", state);
}

/** The files that are replaced again and again. */
export function replacedFiles({ serial, crlNumber, index, crl }: CaPaths): readonly string[] {
  return [serial, crlNumber, index, crl];
}

/**
 * What is replaced by a rename must be the file itself: a link would be replaced, and its target stay as it is.
 *
 * @throws WrongFileKindError
 */
export function requireNoLink(files: FileSystem, path: string): void {
  if (statIfPresent(files, path)?.kind === "link") {
    throw new WrongFileKindError(path, "file", "link");
  }
}

/** The owner of what certswap makes in a data directory: the one whose state directory it is. */
export function ownAttributes(
  system: System,
  { directory }: CaPaths,
  mode: number,
): Attributes {
  const { uid, gid } = system.files.stat(join(directory, ".certswap"));
  return { uid, gid, mode };
}

/**
 * The same file system, which lists one directory only once: recovery has just looked through all of
 * `certs/`, nobody else changes it while the lock is held, and with a hundred thousand certificates a
 * second look takes as long as everything else.
 */
function listingOnce(files: FileSystem, directory: string): FileSystem {
  let names: string[] | undefined;
  const readDirectory = (path: string): string[] =>
    path === directory ? names ??= files.readDirectory(path) : files.readDirectory(path);
  return new Proxy(files, {
    get(target, name) {
      if (name === "readDirectory") return readDirectory;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** How long a run that is seen at work is given to finish, in milliseconds. */
const patience = 200;

/**
 * What recovery would do, for a command that only looks. Another run may be half-way through a
 * transaction: what is gone a moment later was never due.
 *
 * @returns `clean` too where the state directory may not be read: it is its owner's, and so is recovery.
 */
export async function outlookFor(
  system: System,
  { site }: DataDirectory,
): Promise<RecoveryOutlook> {
  try {
    const outlook = await inspect(system, site);
    if (outlook.outcome === "clean") return outlook;
    await system.clock.sleep(patience);
    return await inspect(system, site);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) return { outcome: "clean", targets: [], leftovers: [] };
    throw error;
  }
}
