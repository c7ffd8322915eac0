/** Recognises a file or a link by its content: for recovery, which knows no inodes. */
import {
  digestRegularFile,
  type FileSystem,
  FileTooLargeError,
  isErrno,
  WrongFileKindError,
} from "../../system/mod.ts";
import type { JournalRecord } from "../journal.ts";

/** Larger than any target: a larger file is not one that certswap wrote. */
const contentLimit = 1024 * 1024 * 1024;

/** Nothing is there. */
export const missing = Symbol("missing");

/** Something is there that certswap does not put there for such a record: another kind, or too large. */
export const otherKind = Symbol("other kind");

/** What a record compares: the SHA-256 of a file's content, or a link's content. Or why there is none. */
export type Content = string | typeof missing | typeof otherKind;

/**
 * The content at a path, as a record of this kind has it. A link is read only for `link`, and never
 * followed.
 */
export async function contentAt(
  files: FileSystem,
  kind: JournalRecord["kind"],
  path: string,
): Promise<Content> {
  return kind === "link" ? linkAt(files, path) : await hashAt(files, path);
}

/** What the symbolic link at `path` contains. */
export function linkAt(files: FileSystem, path: string): Content {
  try {
    return files.readLink(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return missing;
    // Not a link, see readlink(2); or a link with a content that certswap never writes: it is not UTF-8.
    if (isErrno(error, "EINVAL", "EILSEQ")) return otherKind;
    throw error;
  }
}

async function hashAt(files: FileSystem, path: string): Promise<Content> {
  try {
    return (await digestRegularFile(files, path, contentLimit)).sha256;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return missing;
    if (error instanceof WrongFileKindError || error instanceof FileTooLargeError) return otherKind;
    throw error;
  }
}

/** Whether exactly this content, the old or new one of the record, is at `path`. */
export async function holds(
  files: FileSystem,
  path: string,
  { kind, content }: { readonly kind: JournalRecord["kind"]; readonly content: string | undefined },
): Promise<boolean> {
  return content !== undefined && await contentAt(files, kind, path) === content;
}
