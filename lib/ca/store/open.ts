/** Opens and creates the store of a CA. Only this file knows which kinds of store there are. */
import type { System } from "../../system/mod.ts";
import { CaNotInitializedError } from "../errors.ts";
import { DirectoryStore, findDataDirectory } from "./directory/mod.ts";
import type { CaStore, Changed, NewRequest, NewRoot, Settlement, StoreReader } from "./store.ts";

/** Identifies a CA by its data directory. */
export interface CaLocation {
  /** Absolute or relative. */
  readonly dataDirectory: string;
}

/** Options of {@linkcode createStore}. */
export interface CreateOptions<T> extends CaLocation {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /**
   * Creates the content: a root, or a key and its request. Called when the lock is held and it is certain
   * that there is no CA.
   */
  readonly make: () => Promise<T>;
}

/**
 * Opens the store of a CA, or of what an interrupted `init` has left. Creates nothing.
 *
 * @throws CaNotInitializedError if there is nothing; WrongFileKindError, FileSystemError
 */
// deno-lint-ignore require-await -- asynchronous for kinds of store that have to connect first
export async function openStore(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<CaStore> {
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError(dataDirectory);
  return new DirectoryStore(system, directory);
}

/**
 * Creates the store of a new CA, with its root, in one change. `value` is the new root.
 *
 * @throws CaAlreadyInitializedError, StrayFileError; the errors of a change, and those of `make`.
 */
export async function createStore<T extends NewRoot>(
  system: System,
  options: CreateOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  const { createDirectoryStore } = await import("./directory/create.ts");
  return await createDirectoryStore(system, options);
}

/**
 * Creates the store of a CA that waits for its certificate, in one change. `value` is its request.
 *
 * @throws CaAlreadyInitializedError, StrayFileError; the errors of a change, and those of `make`.
 */
export async function createPending<T extends NewRequest>(
  system: System,
  options: CreateOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  const { createPendingDirectory } = await import("./directory/own_certificates/pending.ts");
  return await createPendingDirectory(system, options);
}

/** Options of {@linkcode settlePending}. */
export interface SettleOptions<T> extends CaLocation {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Called when the lock is held and it is certain that the CA waits for its certificate. */
  readonly work: (pending: StoreReader) => Promise<Settlement<T>>;
}

/**
 * Completes a CA that waits for its certificate, or removes it, in one change.
 *
 * @throws CaNotInitializedError, CaAlreadyInitializedError if none is waiting; StrayFileError; the errors of
 * a change, and those of `work`.
 */
export async function settlePending<T>(
  system: System,
  options: SettleOptions<T>,
): Promise<Changed<T>> {
  const { settlePendingDirectory } = await import("./directory/own_certificates/pending.ts");
  return await settlePendingDirectory(system, options);
}
