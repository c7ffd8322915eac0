/** Input that is not a file: standard input, and pipes that a shell passes as a descriptor. */
import { isErrno, UnreadableDescriptorError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";

/** Standard input as a path. */
export const standardInputPath = "/dev/stdin";

/** All spellings of it. */
const standardInputPaths: readonly string[] = [
  standardInputPath,
  "/dev/fd/0",
  "/proc/self/fd/0",
];

/**
 * The stream that a path names; `undefined` for any other path. Two paths of one stream give the same value:
 * it can be read only once.
 */
export function streamAt(path: string): string | undefined {
  if (standardInputPaths.includes(path)) return standardInputPath;
  const descriptor = /^\/(?:dev|proc\/self)\/fd\/(?<number>\d+)$/.exec(path)?.groups?.["number"];
  return descriptor === undefined ? undefined : `/dev/fd/${descriptor}`;
}

/**
 * Opens a stream. Among the descriptors of this process, Deno opens pipes; for anything else there it asks
 * for all permissions.
 *
 * @throws UnreadableDescriptorError if the descriptor is not a pipe.
 */
export function openStream(files: FileSystem, path: string): FileHandle {
  try {
    return files.openFile(path);
  } catch (cause) {
    if (isErrno(cause, "ENOTCAPABLE", "EACCES", "ENOENT")) {
      throw new UnreadableDescriptorError(path, { cause });
    }
    throw cause;
  }
}

/** The status of standard input, without asking the system. */
export const standardInputInfo: FileInfo = {
  kind: "fifo",
  size: 0,
  uid: 0,
  gid: 0,
  mode: 0,
  device: 0,
  inode: 0,
  links: 1,
};
