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
  { dataDirectory, lockTimeout, make }: CreateOptions<T>,
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
      const { warnings } = await commit(entriesFor(system, directory, value));
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
function requireEmpty({ files }: System, { written, paths }: DataDirectory): void {
  const { key, root } = presenceOf(files, paths);
  if (key || root) throw new CaAlreadyInitializedError(written);
  for (const path of replacedFiles(paths)) {
    if (statIfPresent(files, path) !== undefined) throw new StrayFileError(path);
  }
  const isThere = statIfPresent(files, paths.certificates) !== undefined;
  const [first] = isThere ? files.readDirectory(paths.certificates) : [];
  if (first !== undefined) throw new StrayFileError(join(paths.certificates, first));
}

/** The certificate comes last: it marks the CA as initialized. */
function entriesFor(
  { files }: System,
  directory: DataDirectory,
  { key, keyLabel = "PRIVATE KEY", certificate }: NewRoot,
): Entry[] {
  const { paths } = directory;
  const attributes = ownAttributes(files, directory);
  const create = (target: string, content: Uint8Array, mode?: number): CreateEntry => ({
    kind: "create",
    target,
    content,
    attributes: mode === undefined ? attributes : { ...attributes, mode },
  });
  const pem = (label: string, der: Uint8Array): Uint8Array =>
    new TextEncoder().encode(writePem(label, der));
  const hasDirectory = statIfPresent(files, paths.certificates) !== undefined;
  const makeCertificates = {
    kind: "makeDirectory",
    target: paths.certificates,
    mode: caModes.directory,
  } as const;
  return [
    ...(hasDirectory ? [] : [makeCertificates]),
    create(paths.serial, encodeCounter(2n)),
    create(paths.crlNumber, encodeCounter(1n)),
    create(paths.index, encodeIndex([])),
    create(paths.key, pem(keyLabel, key), caModes.key),
    create(paths.certificate, pem("CERTIFICATE", certificate)),
  ];
}
