/** `store.json`: says which kind of store a CA has. A CA without this file has a directory. */
import { type FileSystem, jsonObjectIn } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { StoreFileError } from "../../errors.ts";
import { isStoreName, type StoreName } from "../store_name.ts";
import { type DataDirectory, readIfPresent, writtenFile } from "./data_directory.ts";

/** The size limit of `store.json` in bytes. */
const sizeLimit = 64 * 1024;

/** The version of the form of this file. A later one is refused. */
const version = 1;

/** A move to another store that has begun. If no process holds the lock of the CA, it was interrupted. */
export interface BegunMove {
  readonly to: StoreName;
  /** Another one for each move: the old store is marked with it. */
  readonly mark: string;
}

/** What `store.json` says. */
export interface StoreFile {
  /** The store in use. */
  readonly store: StoreName;
  /** `undefined`: there is none. */
  readonly move: BegunMove | undefined;
}

/**
 * Which kind of store a CA has.
 *
 * @throws StoreFileError, FileSystemError, WrongFileKindError
 */
export async function readStoreName(
  files: FileSystem,
  directory: DataDirectory,
): Promise<StoreName> {
  return (await readStoreFile(files, directory)).store;
}

/** Reads `store.json`. @throws as {@linkcode readStoreName} */
export async function readStoreFile(
  files: FileSystem,
  { paths: { storeFile: path } }: DataDirectory,
): Promise<StoreFile> {
  const file = await readIfPresent(files, path, sizeLimit);
  if (file === undefined) return { store: "directory", move: undefined };
  const value = jsonObjectIn(file.content);
  if (value === undefined) throw new StoreFileError(path, "not-json");
  if (value["version"] !== version) throw new StoreFileError(path, "other-version");
  const { store, move_to: to, move_mark: mark } = value;
  if (!isStoreName(store)) throw new StoreFileError(path, "unknown-store");
  const isMoving = isStoreName(to) && typeof mark === "string";
  return { store, move: isMoving ? { to, mark } : undefined };
}

/** The content of `store.json`. */
export function encodeStoreFile(store: StoreName, move?: BegunMove): Uint8Array {
  const moving = move === undefined ? {} : { "move_to": move.to, "move_mark": move.mark };
  return new TextEncoder().encode(
    `${JSON.stringify({ version, store, ...moving }, undefined, 2)}\n`,
  );
}

/** The change of `store.json`. */
export async function writtenStoreFile(
  files: FileSystem,
  directory: DataDirectory,
  { store, move }: StoreFile,
): Promise<Entry> {
  const target = directory.paths.storeFile;
  return await writtenFile(files, directory, { target, content: encodeStoreFile(store, move) });
}
