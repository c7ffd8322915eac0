/** What is made before the commit: staged files with the new content, backups with the old. */
import {
  type Attributes,
  type FileHandle,
  type FileIdentity,
  type FileSystem,
  FileSystemError,
  giveMode,
  isErrno,
  isSameFile,
  writeAll,
} from "../../system/mod.ts";
import type { Entry, SetAccess } from "../entry.ts";
import { TargetChangedError } from "../errors.ts";
import { backupPath, stagedPath } from "../site.ts";
import { openSnapshotted, readSnapshotted } from "../snapshot.ts";

/** A file that is to be made, whole and durable. */
interface NewFile {
  readonly content: Uint8Array;
  readonly attributes: Attributes;
  readonly setAccess?: SetAccess | undefined;
}

/**
 * Writes new content under a name that must not exist yet: owner, then access control list and mode, then
 * content, then fsync; all but the list on the open descriptor. The name itself is durable only after the
 * directory's fsync.
 *
 * @returns which file it is.
 * @throws FileSystemError, ModeNotKeptError with the file left behind, incomplete: the caller removes it.
 */
export async function createDurably(
  files: FileSystem,
  path: string,
  { content, attributes, setAccess }: NewFile,
): Promise<FileIdentity> {
  const { mode } = attributes;
  const handle = files.createFile(path, setAccess ? mode & 0o700 : creationMode(mode));
  try {
    const made = handle.stat();
    const isOwn = made.uid === attributes.uid && made.gid === attributes.gid;
    // Only if they differ: most files are made with the right owner.
    if (!isOwn) giveOwner(handle, path, attributes);
    if (setAccess) await giveAccess(handle, path, { mode, setAccess });
    // After the owner: chown(2) clears the set-ID bits.
    if (!isOwn || setAccess || made.mode !== mode) giveMode(handle, path, mode);
    writeAll(handle, content);
    handle.sync();
    return made;
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

/** A file system without owners has one for all. */
function giveOwner(handle: FileHandle, path: string, { uid, gid }: Attributes): void {
  handle.setOwner(uid, gid);
  const found = handle.stat();
  if (found.uid !== uid || found.gid !== gid) throw new FileSystemError("EPERM", "chown", path);
}

/**
 * A list is set by name. With it the group bits become its mask (acl(5)): the descriptor shows that it was
 * this file that got it, and only then may chmod(2) be called, which would give the bits to the group
 * otherwise.
 */
async function giveAccess(
  handle: FileHandle,
  path: string,
  { mode, setAccess }: { readonly mode: number; readonly setAccess: SetAccess },
): Promise<void> {
  await setAccess(path);
  const hasList = ((handle.stat().mode ^ mode) & 0o070) === 0;
  if (!hasList) throw new FileSystemError("ESTALE", "setfacl", path);
}

/**
 * Puts the new content of an entry beside its target. Nothing to do for entries without content.
 *
 * @returns which file it is.
 */
export async function stage(files: FileSystem, entry: Entry): Promise<FileIdentity | undefined> {
  if (entry.kind !== "replace" && entry.kind !== "create") return undefined;
  return await createDurably(files, stagedPath(entry.target), entry);
}

/**
 * Why link(2) may be unable to make a backup while a copy can: a file system without hard links, another
 * user's file under protected_hardlinks (proc(5)), a file that has as many links as there may be,
 * overlayfs, a file system in user space that has no such call.
 */
const reasonsToCopy = ["EPERM", "EOPNOTSUPP", "EMLINK", "EXDEV", "ENOSYS"];

/**
 * Holds the old content of an entry's target under its backup name. Nothing to do for entries that
 * have no old content.
 *
 * The target is fsynced first: it may never have been, and a backup must be able to bring it back.
 *
 * @returns which file the target is by now: linking a file of overlayfs's lower layer copies it up, and
 * gives it another number there (the kernel's overlayfs.rst, "Inode properties"). The open descriptor knows
 * it.
 * @throws TargetChangedError where the target is not the file that was validated.
 */
export async function backUp(files: FileSystem, entry: Entry): Promise<FileIdentity | undefined> {
  if (entry.kind !== "replace" && entry.kind !== "remove") return undefined;
  const { target, old } = entry;
  const opened = await openSnapshotted(files, target, old);
  if (opened === undefined) throw new TargetChangedError(target);
  try {
    opened.handle.sync();
    if (linkBackup(files, target)) {
      const { device, inode } = opened.handle.stat();
      requireBackupOf(files, target, { device, inode });
      return { device, inode };
    }
    const content = await readSnapshotted(opened, target, old);
    if (content === undefined) throw new TargetChangedError(target);
    const setAccess = entry.kind === "replace" ? entry.setAccess : undefined;
    await createDurably(files, backupPath(target), { content, attributes: old, setAccess });
    return old;
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
function requireBackupOf(files: FileSystem, target: string, linked: FileIdentity): void {
  const made = files.stat(backupPath(target));
  if (made.kind !== "file" || !isSameFile(made, linked)) throw new TargetChangedError(target);
}
