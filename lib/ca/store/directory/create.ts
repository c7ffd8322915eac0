/** Creates the data directory of a new CA. */
import { join, statIfPresent, type System } from "../../../system/mod.ts";
import {
  type CreateEntry,
  type Entry,
  inspect,
  makeDirectoryDurably,
  withSession,
} from "../../../transaction/mod.ts";
import { writePem } from "../../../x509/mod.ts";
import { CaAlreadyInitializedError, StrayFileError } from "../../errors.ts";
import type { CreateOptions } from "../open.ts";
import type { CaStore, Changed, NewRoot } from "../store.ts";
import { encodeCounter } from "./counter.ts";
import {
  caModes,
  type DataDirectory,
  findDataDirectory,
  ownAttributes,
  presenceOf,
  replacedFiles,
  requireTrustedCa,
} from "./data_directory.ts";
import { DirectoryStore } from "./directory_store.ts";
import { encodeIndex } from "./index_file.ts";

/**
 * Creates a CA in a directory: key, certificate, counters and an empty index, in one transaction. Creates the
 * directory if it does not exist.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, UntrustedPlaceError
 */
export async function createDirectoryStore<T extends NewRoot>(
  system: System,
  options: CreateOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  return await createFiles(system, {
    ...options,
    entriesFor: (directory, root) => entriesFor(system, directory, root),
  });
}

/** Options of {@linkcode createFiles}. */
interface CreateFilesOptions<T> extends CreateOptions<T> {
  /** The files to create. */
  readonly entriesFor: (directory: DataDirectory, value: T) => Entry[];
}

/**
 * Creates the first files of a CA, and the directory if it does not exist.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, UntrustedPlaceError
 */
export async function createFiles<T>(
  system: System,
  { dataDirectory, lockTimeout, make, entriesFor }: CreateFilesOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  requireTrustedCa(system, dataDirectory);
  const directory = findDataDirectory(system.files, dataDirectory) ??
    makeDataDirectory(system, dataDirectory);
  await requireEmptyOrRecoveryDue(system, directory);
  return await withSession(system, directory.site, {
    lockTimeout,
    work: async ({ recovery, commit }) => {
      requireEmpty(system, directory);
      const value = await make();
      const { warnings } = await commit(entriesFor(directory, value));
      return { value, recovery, warnings, store: new DirectoryStore(system, directory) };
    },
  });
}

function makeDataDirectory(system: System, written: string): DataDirectory {
  const { files } = system;
  makeDirectoryDurably(files, written, caModes.directory);
  const directory = findDataDirectory(files, written);
  if (directory === undefined) throw new Error(`${written} was removed in the meantime`);
  // In a directory with the sticky bit, another user may have created it first.
  requireTrustedCa(system, written);
  return directory;
}

/** Checked before the session creates a lock: a refused directory must not be changed. */
async function requireEmptyOrRecoveryDue(system: System, directory: DataDirectory): Promise<void> {
  try {
    requireEmpty(system, directory);
  } catch {
    const { outcome } = await inspect(system, directory.site);
    // Checked again, because another init may have finished by now.
    if (outcome === "clean") requireEmpty(system, directory);
  }
}

/** Refuses an existing CA and files left over from one: their numbers must not be used again. */
function requireEmpty(system: System, directory: DataDirectory): void {
  const { key, root } = presenceOf(system.files, directory.paths);
  if (key || root) throw new CaAlreadyInitializedError(directory.written);
  requireNothingElse(system, directory);
}

/**
 * Refuses files left over from an earlier CA, other than its key and its certificate.
 *
 * @throws StrayFileError
 */
export function requireNothingElse({ files }: System, { paths }: DataDirectory): void {
  for (const path of replacedFiles(paths)) {
    if (statIfPresent(files, path) !== undefined) throw new StrayFileError(path);
  }
  const isThere = statIfPresent(files, paths.certificates) !== undefined;
  const [first] = isThere ? files.readDirectory(paths.certificates) : [];
  if (first !== undefined) throw new StrayFileError(join(paths.certificates, first));
}

/** The certificate comes last: it marks the CA as initialized. */
function entriesFor(
  system: System,
  directory: DataDirectory,
  { key, certificate }: NewRoot,
): Entry[] {
  const { paths } = directory;
  const pem = (label: string, der: Uint8Array): Uint8Array =>
    new TextEncoder().encode(writePem(label, der));
  return [
    ...emptyStore(system, directory, { firstSerial: 2n }),
    newFile(system, directory, {
      target: paths.key,
      content: pem("PRIVATE KEY", key),
      mode: caModes.key,
    }),
    newFile(system, directory, {
      target: paths.certificate,
      content: pem("CERTIFICATE", certificate),
    }),
  ];
}

/** A file to create. */
interface NewFile {
  readonly target: string;
  readonly content: Uint8Array;
  /** That of most files of a CA by default. */
  readonly mode?: number;
}

/** The entry of a transaction that creates a file. */
export function newFile(
  { files }: System,
  directory: DataDirectory,
  { target, content, mode }: NewFile,
): CreateEntry {
  const attributes = ownAttributes(files, directory);
  return {
    kind: "create",
    target,
    content,
    attributes: mode === undefined ? attributes : { ...attributes, mode },
  };
}

/** The entries for a CA that has issued nothing: counters, an empty index, and a directory. */
export function emptyStore(
  system: System,
  directory: DataDirectory,
  { firstSerial }: { readonly firstSerial: bigint },
): Entry[] {
  const { files } = system;
  const { paths } = directory;
  const create = (target: string, content: Uint8Array): CreateEntry =>
    newFile(system, directory, { target, content });
  const hasDirectory = statIfPresent(files, paths.certificates) !== undefined;
  const makeCertificates = {
    kind: "makeDirectory",
    target: paths.certificates,
    mode: caModes.directory,
  } as const;
  return [
    ...(hasDirectory ? [] : [makeCertificates]),
    create(paths.serial, encodeCounter(firstSerial)),
    create(paths.crlNumber, encodeCounter(1n)),
    create(paths.index, encodeIndex([])),
  ];
}
