/** `store.json`: says which kind of store a CA has. A CA without this file has a directory. */
import type { FileSystem } from "../../../system/mod.ts";
import { StoreFileError } from "../../errors.ts";
import { isStoreName, type StoreName } from "../store_name.ts";
import { type DataDirectory, readIfPresent } from "./data_directory.ts";

/** The size limit of `store.json` in bytes. */
const sizeLimit = 64 * 1024;

/** The version of the form of this file. A later one is refused. */
const version = 1;

/**
 * Which kind of store a CA has.
 *
 * @throws StoreFileError, FileSystemError, WrongFileKindError
 */
export async function readStoreName(
  files: FileSystem,
  { paths: { storeFile: path } }: DataDirectory,
): Promise<StoreName> {
  const file = await readIfPresent(files, path, sizeLimit);
  if (file === undefined) return "directory";
  const value = parse(file.content);
  if (value === undefined) throw new StoreFileError(path, "not-json");
  if (value["version"] !== version) throw new StoreFileError(path, "other-version");
  const { store } = value;
  if (!isStoreName(store)) throw new StoreFileError(path, "unknown-store");
  return store;
}

/** The content of `store.json`. */
export function encodeStoreFile(store: StoreName): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ version, store }, undefined, 2)}\n`);
}

/** `undefined` if it is not a JSON object. */
function parse(content: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}
