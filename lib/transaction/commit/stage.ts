/** Creates, before the commit, staged files with the new content and backups of the old. */
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
import type { Entry, LinkEntry, SetAccess } from "../entry.ts";
import { TargetChangedError } from "../errors.ts";
import { backupPath, stagedPath } from "../site.ts";
import { linkAt } from "./content.ts";
import { openSnapshotted, readSnapshotted } from "../snapshot.ts";

/** A file to create, complete and durable. */
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
  file: NewFile,
): Promise<FileIdentity> {
  const { handle, made } = await createOpen(files, path, file);
  try {
    handle.sync();
    return made;
  } finally {
    handle.close();
  }
}

/** As {@linkcode createDurably}, up to the fsync: the caller makes the file durable, and closes it. */
export async function createOpen(
  files: FileSystem,
  path: string,
  { content, attributes, setAccess }: NewFile,
): Promise<{ readonly handle: FileHandle; readonly made: FileIdentity }> {
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
    return { handle, made };
  } catch (error) {
    handle.close();
    throw error;
  }
}

/**
 * Users who must not read the final file must not be able to open it meanwhile, while it still has its first
 * owner and group.
 */
function creationMode(mode: number): number {
  const isForEveryone = (mode & 0o004) !== 0;
  return isForEveryone ? mode & 0o777 : mode & 0o700;
}

/** A file system without owners has one for all files. */
function giveOwner(handle: FileHandle, path: string, { uid, gid }: Attributes): void {
  handle.setOwner(uid, gid);
  const found = handle.stat();
  if (found.uid !== uid || found.gid !== gid) throw new FileSystemError("EPERM", "chown", path);
}

/**
 * A list is set by name. Then the group bits are its mask (acl(5)): the descriptor proves that this file got
 * the list. Only then may chmod(2) be called; otherwise it would give these bits to the group.
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
 * Writes the new content of an entry beside its target: a file, or a link. Does nothing for entries without
 * content.
 *
 * @returns the identity of the file or link.
 */
export async function stage(files: FileSystem, entry: Entry): Promise<FileIdentity | undefined> {
  const path = stagedPath(entry.target);
  if (entry.kind === "link") {
    // No fsync: a link cannot be opened. Its content is as durable as its inode, and so as its name.
    files.makeLink(entry.content, path);
    return files.stat(path);
  }
  if (entry.kind !== "replace" && entry.kind !== "create") return undefined;
  return await createDurably(files, path, entry);
}

/**
 * Errors of link(2) after which a copy is tried as the backup: a file system without hard links, another
 * user's file under protected_hardlinks (proc(5)), a file with the maximum number of links, overlayfs, a
 * file system in user space without the call.
 */
const reasonsToCopy = ["EPERM", "EOPNOTSUPP", "EMLINK", "EXDEV", "ENOSYS"];

/**
 * Keeps the old content of an entry's target under its backup name. Does nothing for entries without old
 * content. The backup of a link is another link with its content.
 *
 * The target is fsynced first: that may never have happened, and the backup must be able to restore it.
 *
 * @returns the identity of the target now: linking a file of overlayfs's lower layer copies it up and changes
 * its inode number (the kernel's overlayfs.rst, "Inode properties"). The open descriptor shows the new one.
 * @throws TargetChangedError if the target is not the file or link that was validated.
 */
export async function backUp(files: FileSystem, entry: Entry): Promise<FileIdentity | undefined> {
  if (entry.kind === "link") return backUpLink(files, entry);
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

function backUpLink(files: FileSystem, { target, old }: LinkEntry): undefined {
  if (old === undefined) return;
  if (linkAt(files, target) !== old) throw new TargetChangedError(target);
  files.makeLink(old, backupPath(target));
}

/** @returns whether the backup was linked; `false` if it has to be copied. */
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

/** link(2) takes a name, which may have been exchanged since it was opened. */
function requireBackupOf(files: FileSystem, target: string, linked: FileIdentity): void {
  const made = files.stat(backupPath(target));
  if (made.kind !== "file" || !isSameFile(made, linked)) throw new TargetChangedError(target);
}
