/** Opens and creates the store of a CA. Only this file knows which kinds of store there are. */
import type { System } from "../../system/mod.ts";
import { CaAlreadyInitializedError, CaNotInitializedError } from "../errors.ts";
import { DirectoryStore } from "./directory/mod.ts";
import { type DataDirectory, findDataDirectory, type NewKind, readStoreName } from "./files/mod.ts";
import type {
  Kinds,
  MovableKind,
  MoveOptions,
  MoveReport,
  RemovedStore,
  RemoveOldOptions,
} from "./move/mod.ts";
import type {
  CaStore,
  Changed,
  NewRequest,
  NewRoot,
  RecoverOptions,
  Settlement,
  StoreReader,
} from "./store.ts";
import type { StoreName } from "./store_name.ts";

/** Identifies a CA by its data directory. */
export interface CaLocation {
  /** Absolute or relative. */
  readonly dataDirectory: string;
}

/** Options of {@linkcode createStore}. */
export interface CreateOptions<T> extends CaLocation {
  /** The kind of store; a directory by default. */
  readonly store?: StoreName | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** As in {@linkcode ChangeOptions}. */
  readonly actor?: string | undefined;
  /**
   * Creates the content: a root, or a key and its request. Called when the lock is held and it is certain
   * that there is no CA.
   */
  readonly make: () => Promise<T>;
}

/** Opens a store of each kind. Most CAs have a directory: the others are loaded when they are needed. */
const openers: Readonly<
  Record<StoreName, (system: System, directory: DataDirectory) => Promise<CaStore>>
> = {
  directory: (system, directory) => Promise.resolve(new DirectoryStore(system, directory)),
  async sqlite(system, directory) {
    const { openSqliteStore } = await import("./sqlite/mod.ts");
    return openSqliteStore(system, directory);
  },
  async postgres(system, directory) {
    const { openPostgresStore } = await import("./postgres/mod.ts");
    return openPostgresStore(system, directory);
  },
};

/** What a move needs of each kind. */
const movableKinds: Readonly<Record<StoreName, () => Promise<MovableKind>>> = {
  directory: async () => (await import("./directory/move/mod.ts")).movableDirectory,
  sqlite: async () => (await import("./sqlite/move.ts")).movableSqlite,
  postgres: async () => (await import("./postgres/move.ts")).movablePostgres,
};

const kinds: Kinds = { open: openIn, movable: (name) => movableKinds[name]() };

/** Moves a CA to another kind of store. See `moveStore` of the folder. */
export async function moveTo(system: System, options: MoveOptions): Promise<MoveReport> {
  const { moveStore } = await import("./move/mod.ts");
  return await moveStore(system, options, kinds);
}

/** Removes the stores that moves have kept. See `removeOldStores` of the folder. */
export async function removeOld(
  system: System,
  options: RemoveOldOptions,
): Promise<readonly RemovedStore[]> {
  const { removeOldStores } = await import("./move/mod.ts");
  return await removeOldStores(system, options, kinds);
}

/** What each kind needs to create a CA. */
const newKinds: Readonly<Record<StoreName, () => Promise<NewKind>>> = {
  async directory() {
    const { firstFiles } = await import("./directory/first_files.ts");
    return {
      name: "directory",
      open: (system, directory) => new DirectoryStore(system, directory),
      firstFiles,
    };
  },
  async sqlite() {
    const { openSqliteStore: open } = await import("./sqlite/mod.ts");
    const { firstFiles } = await import("./sqlite/first_files.ts");
    return { name: "sqlite", open, firstFiles };
  },
  async postgres() {
    const { openPostgresStore: open } = await import("./postgres/mod.ts");
    const { confirmDatabase: confirm, reserveDatabase: firstFiles } = await import(
      "./postgres/new_kind.ts"
    );
    return { name: "postgres", open, firstFiles, confirm };
  },
};

/**
 * Opens the store of a CA, or of what an interrupted `init` has left. Creates nothing.
 *
 * @throws CaNotInitializedError if there is nothing; StoreFileError, WrongFileKindError, FileSystemError
 */
export async function openStore(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<CaStore> {
  const store = await openStoreIfAny(system, { dataDirectory });
  if (store === undefined) throw new CaNotInitializedError(dataDirectory);
  return store;
}

/** As {@linkcode openStore}. @returns `undefined` if there is nothing. */
export async function openStoreIfAny(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<CaStore | undefined> {
  const directory = findDataDirectory(system.files, dataDirectory);
  return directory && await openIn(system, directory);
}

/** Finishes or undoes a change that was interrupted, if there is one. @throws as `CaStore.recover` */
export async function settle(store: CaStore, options: RecoverOptions): Promise<void> {
  const { outcome } = await store.outlook();
  if (outcome !== "clean") await store.recover(options);
}

async function openIn(system: System, directory: DataDirectory): Promise<CaStore> {
  return await openers[await readStoreName(system.files, directory)](system, directory);
}

/**
 * Which kind of store a CA has; a directory if there is none yet.
 *
 * @throws StoreFileError, WrongFileKindError, FileSystemError
 */
export async function storeNameOf(
  { files }: System,
  { dataDirectory }: CaLocation,
): Promise<StoreName> {
  const directory = findDataDirectory(files, dataDirectory);
  return directory === undefined ? "directory" : await readStoreName(files, directory);
}

/**
 * Checks that there is no CA yet, as {@linkcode createStore} does later, under the lock. Creates nothing.
 *
 * @throws CaAlreadyInitializedError
 */
export async function requireNoCa(system: System, { dataDirectory }: CaLocation): Promise<void> {
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) return;
  const store = await openIn(system, directory);
  const { key, root } = await store.presence();
  if (!key && !root) return;
  // What an interrupted init has left may be undone.
  const { outcome } = await store.outlook();
  if (outcome === "clean") throw new CaAlreadyInitializedError(dataDirectory);
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
  const { createCa } = await import("./files/create.ts");
  return await createCa(system, options, await newKinds[options.store ?? "directory"]());
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
  const { createPendingCa } = await import("./files/pending.ts");
  return await createPendingCa(system, options, await newKinds[options.store ?? "directory"]());
}

/** Options of {@linkcode settlePending}. */
export interface SettleOptions<T> extends CaLocation {
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** As in {@linkcode ChangeOptions}. */
  readonly actor?: string | undefined;
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
  const { dataDirectory } = options;
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError(dataDirectory);
  const kind = await newKinds[await readStoreName(system.files, directory)]();
  const { settlePendingCa } = await import("./files/pending.ts");
  return await settlePendingCa(system, options, { directory, kind });
}
