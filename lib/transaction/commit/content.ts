/** Recognises a file by its content: for recovery, which knows no inodes. */
import {
  type FileSystem,
  FileTooLargeError,
  isErrno,
  readRegularFile,
  sha256Hex,
  WrongFileKindError,
} from "../../system/mod.ts";

/** Larger than any target: a larger file is not one that certswap wrote. */
const contentLimit = 1024 * 1024 * 1024;

/** The SHA-256 of a file's content, or the reason why there is none. */
export async function contentAt(files: FileSystem, path: string): Promise<string> {
  try {
    return await sha256Hex((await readRegularFile(files, path, contentLimit)).content);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "missing";
    if (error instanceof WrongFileKindError || error instanceof FileTooLargeError) {
      return "unreadable kind";
    }
    throw error;
  }
}

/** Whether the file at `path` exists with exactly this content. */
export async function holds(
  files: FileSystem,
  path: string,
  hash: string | undefined,
): Promise<boolean> {
  return hash !== undefined && await contentAt(files, path) === hash;
}
