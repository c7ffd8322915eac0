/** Creates the data directory of a new CA. */
import {
  CertswapError,
  directoryOf,
  join,
  joined,
  sha256Hex,
  statIfPresent,
  type System,
} from "../../../system/mod.ts";
import {
  type CreateEntry,
  type Entry,
  inspect,
  makeDirectoryDurably,
  withSession,
} from "../../../transaction/mod.ts";
import { encodePem } from "../../../x509/mod.ts";
import { CaAlreadyInitializedError, StrayFileError } from "../../errors.ts";
import type { CreateOptions } from "../open.ts";
import { EventLog, takeoverEvents } from "../history/mod.ts";
import type { CaStore, Changed, NewRoot, Past } from "../store.ts";
import type { StoreName } from "../store_name.ts";
import {
  caModes,
  databaseFiles,
  type DataDirectory,
  findDataDirectory,
  newFile,
  presenceOf,
  replacedFiles,
  requireTrustedCa,
} from "./data_directory.ts";
import { commitAll } from "./new_directories.ts";
import { encodeStoreFile } from "./store_file.ts";

/** What a store needs to know of a new CA. */
export interface FirstContent {
  /** The CA's own certificate, DER. */
  readonly certificate: Uint8Array;
  /** What it has issued elsewhere. */
  readonly past: Past;
  /** The first lines of its history, without newlines. */
  readonly lines: readonly string[];
}

/** What the creation of a CA needs of a kind of store. */
export interface NewKind {
  readonly name: StoreName;
  open(system: System, directory: DataDirectory): CaStore;
  /** The files of an empty store, or of one with a past. */
  firstFiles(
    system: System,
    directory: DataDirectory,
    content: FirstContent,
  ): readonly Entry[] | Promise<readonly Entry[]>;
  /** Called when the files of the CA exist. */
  confirm?(system: System, directory: DataDirectory): Promise<void>;
}

/**
 * Creates a CA in a data directory: key, certificate and the files of its store, in one transaction. Creates
 * the directory if it does not exist.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, UntrustedPlaceError
 */
export async function createCa<T extends NewRoot>(
  system: System,
  options: CreateOptions<T>,
  kind: NewKind,
): Promise<Changed<T> & { readonly store: CaStore }> {
  const made = await createFiles(system, {
    ...options,
    kind,
    entriesFor: (directory, root) =>
      entriesFor(system, { directory, root, kind, actor: options.actor }),
  });
  const warnings = await confirmed(system, options.dataDirectory, kind);
  return { ...made, warnings: [...made.warnings, ...warnings] };
}

/** Confirms a CA whose files exist. If that fails, the first change makes up for it. @returns warnings. */
export async function confirmed(
  system: System,
  dataDirectory: string,
  kind: NewKind,
): Promise<readonly unknown[]> {
  if (kind.confirm === undefined) return [];
  try {
    const directory = findDataDirectory(system.files, dataDirectory);
    if (directory !== undefined) await kind.confirm(system, directory);
    return [];
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return [error];
  }
}

/** Options of {@linkcode createFiles}. */
interface CreateFilesOptions<T> extends CreateOptions<T> {
  /** The files to create. */
  readonly entriesFor: (directory: DataDirectory, value: T) => Promise<readonly Entry[]>;
  readonly kind: NewKind;
}

/**
 * Creates the first files of a CA, and the directory if it does not exist.
 *
 * @throws CaAlreadyInitializedError, StrayFileError, UntrustedPlaceError
 */
export async function createFiles<T>(
  system: System,
  { dataDirectory, lockTimeout, make, entriesFor, kind }: CreateFilesOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  requireTrustedCa(system, dataDirectory);
  const directory = findDataDirectory(system.files, dataDirectory) ??
    makeDataDirectory(system, dataDirectory);
  await requireEmptyOrRecoveryDue(system, directory);
  return await withSession(system, directory.site, {
    lockTimeout,
    work: async ({ recovery, commit, stageAhead }) => {
      requireEmpty(system, directory);
      const value = await make();
      const entries = await entriesFor(directory, value);
      const { warnings } = await commitAll(system.files, {
        entries,
        commit: async (entries) => {
          // Many files at a time reach the disk much faster than one after the other.
          for (const entry of entries) {
            if (isInCertificates(entry, directory)) await stageAhead(entry);
          }
          return await commit(entries);
        },
      });
      return { value, recovery, warnings, store: kind.open(system, directory) };
    },
  });
}

/** Whether an entry creates an issued certificate. */
function isInCertificates(
  entry: Entry,
  { paths: { certificates } }: DataDirectory,
): entry is CreateEntry {
  return entry.kind === "create" && directoryOf(entry.target) === certificates;
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
 * @param exceptFor the path of one that may be there.
 * @throws StrayFileError
 */
export function requireNothingElse(
  { files }: System,
  { paths }: DataDirectory,
  exceptFor?: string,
): void {
  const kept = [`${paths.index}.moved`, ...databaseFiles(paths)];
  for (const path of [...replacedFiles(paths), ...kept]) {
    if (path === exceptFor) continue;
    if (statIfPresent(files, path) !== undefined) throw new StrayFileError(path);
  }
  for (const directory of [paths.certificates, paths.segments, paths.shardCrls]) {
    const isThere = statIfPresent(files, directory) !== undefined;
    const [first] = isThere ? files.readDirectory(directory) : [];
    if (first !== undefined) throw new StrayFileError(join(directory, first));
  }
}

/** The certificate comes last: it marks the CA as initialized. */
async function entriesFor(
  system: System,
  { directory, root, kind, actor }: {
    readonly directory: DataDirectory;
    readonly root: NewRoot;
    readonly kind: NewKind;
    readonly actor: string | undefined;
  },
): Promise<readonly Entry[]> {
  const { key, keyLabel = "PRIVATE KEY", certificate, chain = [], past } = root;
  const { files } = system;
  const { paths } = directory;
  const events = past === undefined
    ? [{ kind: "init", certificate: await sha256Hex(certificate) } as const]
    : await takeoverEvents(certificate, past.certificates);
  const lines = await new EventLog(system, actor).link(undefined, events);
  return [
    ...await kind.firstFiles(system, directory, { certificate, past: past ?? noPast(2n), lines }),
    ...storeFileOf(system, directory, kind.name),
    newFile(files, directory, {
      target: paths.key,
      content: encodePem(keyLabel, key),
      mode: caModes.key,
    }),
    ...(chain.length === 0 ? [] : [newFile(files, directory, {
      target: paths.chain,
      content: joined(chain.map((der) => encodePem("CERTIFICATE", der))),
    })]),
    newFile(files, directory, {
      target: paths.certificate,
      content: encodePem("CERTIFICATE", certificate),
    }),
  ];
}

/** The entry for `store.json`. A CA in a directory has none: older versions know no other store. */
export function storeFileOf(
  system: System,
  directory: DataDirectory,
  store: StoreName,
): readonly Entry[] {
  if (store === "directory") return [];
  const target = directory.paths.storeFile;
  return [newFile(system.files, directory, { target, content: encodeStoreFile(store) })];
}

/** The past of a CA that has issued nothing. */
export function noPast(firstSerial: bigint): Past {
  return { certificates: [], crl: undefined, nextSerial: firstSerial, nextCrlNumber: 1n };
}
