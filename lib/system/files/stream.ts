/** Input that is no file of its own: standard input, and pipes that a shell hands over by a descriptor. */
import { isErrno, UnreadableDescriptorError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";

/** Standard input as a path. */
export const standardInputPath = "/dev/stdin";

/** Each way to name it. */
const standardInputPaths: readonly string[] = [
  standardInputPath,
  "/dev/fd/0",
  "/proc/self/fd/0",
];

/**
 * Which stream a path names, `undefined` for any other path. Two paths of the same stream give the same: what
 * one has read, the other does not get.
 */
export function streamAt(path: string): string | undefined {
  if (standardInputPaths.includes(path)) return standardInputPath;
  const descriptor = /^\/(?:dev|proc\/self)\/fd\/(?<number>\d+)$/.exec(path)?.groups?.["number"];
  return descriptor === undefined ? undefined : `/dev/fd/${descriptor}`;
}

/**
 * Opens a stream. Deno opens a pipe among the descriptors of this process, and asks for every
 * permission there is before it opens anything else there.
 *
 * @throws UnreadableDescriptorError where the descriptor is none of a pipe.
 */
export function openStream(files: FileSystem, path: string): FileHandle {
  try {
    return files.openFile(path);
  } catch (cause) {
    if (isErrno(cause, "EPERM", "EACCES", "ENOENT")) {
      throw new UnreadableDescriptorError(path, { cause });
    }
    throw cause;
  }
}

/** What can be said of standard input without asking the system. */
export const standardInputInfo: FileInfo = {
  kind: "other",
  size: 0,
  uid: 0,
  gid: 0,
  mode: 0,
  device: 0,
  inode: 0,
  links: 1,
};
