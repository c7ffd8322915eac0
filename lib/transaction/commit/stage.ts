/** What is made before the commit: staged files with the new content, backups with the old. */
import {
  type Attributes,
  type FileHandle,
  type FileIdentity,
  type FileSystem,
  isErrno,
  isSameFile,
  writeAll,
} from "../../system/mod.ts";
import type { Entry } from "../entry.ts";
import { TargetChangedError } from "../errors.ts";
import { backupPath, stagedPath } from "../site.ts";
import { openSnapshotted, readSnapshotted, type Snapshot } from "../snapshot.ts";

/**
 * Writes new content under a name that must not exist yet: owner, then mode, then content, all on the
 * open descriptor, then fsync. The name itself is durable only after the directory's fsync.
 *
 * @returns which file it is.
 * @throws FileSystemError with the file left behind, incomplete: the caller removes it.
 */
export function createDurably(
  files: FileSystem,
  path: string,
  content: Uint8Array,
  attributes: Attributes,
): FileIdentity {
  const handle = files.createFile(path, creationMode(attributes.mode));
  try {
    setAttributes(handle, attributes);
    writeAll(handle, content);
    handle.sync();
    return handle.stat();
  } finally {
    handle.close();
  }
}

/**
 * What others may not read in the end they must not be able to open meanwhile, while the file still
 * has its first owner and group.
 */
function creationMode(mode: number): number {
  const isForEveryone = (mode & 0o004) !== 0;
  return isForEveryone ? mode & 0o777 : mode & 0o700;
}

/** Sets what differs, and only that: most files are made with the right owner and mode already. */
function setAttributes(handle: FileHandle, attributes: Attributes): void {
  const made = handle.stat();
  if (made.uid !== attributes.uid || made.gid !== attributes.gid) {
    handle.setOwner(attributes.uid, attributes.gid);
  }
  // After the owner: chown(2) clears the set-ID bits.
  if (handle.stat().mode !== attributes.mode) handle.setMode(attributes.mode);
}

/**
 * Puts the new content of an entry beside its target. Nothing to do for entries without content.
 *
 * @returns which file it is.
 */
export function stage(files: FileSystem, entry: Entry): FileIdentity | undefined {
  if (entry.kind !== "replace" && entry.kind !== "create") return undefined;
  return createDurably(files, stagedPath(entry.target), entry.content, entry.attributes);
}

/**
 * Why link(2) may be unable to make a backup while a copy can: a file system without hard links, another
 * user's file under protected_hardlinks (proc(5)), a file that has as many links as there may be, overlayfs.
 */
const reasonsToCopy = ["EPERM", "EOPNOTSUPP", "EMLINK", "EXDEV"];

/**
 * Holds the old content of an entry's target under its backup name. Nothing to do for entries that
 * have no old content.
 *
 * The target is fsynced first: it may never have been, and a backup must be able to bring it back.
 *
 * @throws TargetChangedError where the target is not the file that was validated.
 */
export async function backUp(files: FileSystem, entry: Entry): Promise<void> {
  if (entry.kind !== "replace" && entry.kind !== "remove") return;
  const { target, old } = entry;
  const opened = await openSnapshotted(files, target, old);
  if (opened === undefined) throw new TargetChangedError(target);
  try {
    opened.handle.sync();
    if (linkBackup(files, target)) {
      requireBackupOf(files, target, old);
      return;
    }
    const content = await readSnapshotted(opened, target, old);
    if (content === undefined) throw new TargetChangedError(target);
    createDurably(files, backupPath(target), content, old);
  } finally {
    opened.handle.close();
  }
}

/** @returns whether the backup is there; `false` where it has to be a copy. */
function linkBackup(files: FileSystem, target: string): boolean {
  try {
    files.link(target, backupPath(target));
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new TargetChangedError(target);
    if (isErrno(error, ...reasonsToCopy)) return false;
    throw error;
  }
}

/** link(2) takes a name, and what that led to may have been exchanged since it was opened. */
function requireBackupOf(files: FileSystem, target: string, old: Snapshot): void {
  const made = files.stat(backupPath(target));
  if (made.kind !== "file" || !isSameFile(made, old)) throw new TargetChangedError(target);
}
