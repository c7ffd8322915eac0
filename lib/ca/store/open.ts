/** Opens the store of a CA: the one place that knows which kinds of store there are. */
import type { System } from "../../system/mod.ts";
import { CaNotInitializedError } from "../errors.ts";
import { DirectoryStore, findDataDirectory } from "./directory/mod.ts";
import type { CaStore, Changed, NewRoot } from "./store.ts";

/** Which CA is meant. */
export interface CaLocation {
  /** Absolute or relative. */
  readonly dataDirectory: string;
}

/** How a new CA is made. */
export interface CreateOptions<T> extends CaLocation {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Asked for the root once the lock is held, and it is certain that there is no CA. */
  readonly make: () => Promise<T>;
}

/**
 * Opens the store of a CA, or of what a crashed `init` may have left of one. Makes nothing.
 *
 * @throws CaNotInitializedError where there is nothing; WrongFileKindError, FileSystemError
 */
// deno-lint-ignore require-await -- asynchronous for the kinds of store that have to connect first
export async function openStore(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<CaStore> {
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError();
  return new DirectoryStore(system, directory);
}

/**
 * Makes the store of a new CA, with its root, in one change. `value` is the root that was made.
 *
 * @throws CaAlreadyInitializedError, StrayFileError; the errors of a change, and what `make` throws.
 */
export async function createStore<T extends NewRoot>(
  system: System,
  options: CreateOptions<T>,
): Promise<Changed<T> & { readonly store: CaStore }> {
  const { createDirectoryStore } = await import("./directory/create.ts");
  return await createDirectoryStore(system, options);
}
