/** What is made before the commit: staged files with the new content, backups with the old. */
import {
  type Attributes,
  type FileHandle,
  type FileSystem,
  readFile,
  writeAll,
} from "../../system/mod.ts";
import type { Entry } from "../entry.ts";
import { backupPath, stagedPath } from "../site.ts";
import type { Snapshot } from "../snapshot.ts";

/**
 * Writes new content under a name that must not exist yet: owner, then mode, then content, all on the
 * open descriptor, then fsync. The name itself is durable only after the directory's fsync.
 *
 * @throws FileSystemError with the file left behind, incomplete: the caller removes it.
 */
export function createDurably(
  files: FileSystem,
  path: string,
  content: Uint8Array,
  attributes: Attributes,
): void {
  const handle = files.createFile(path, creationMode(attributes.mode));
  try {
    setAttributes(handle, attributes);
    writeAll(handle, content);
    handle.sync();
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

/** Puts the new content of an entry beside its target. Nothing to do for entries without content. */
export function stage(files: FileSystem, entry: Entry): void {
  if (entry.kind !== "replace" && entry.kind !== "create") return;
  createDurably(files, stagedPath(entry.target), entry.content, entry.attributes);
}

/**
 * Holds the old content of an entry's target under its backup name. Nothing to do for entries that
 * have no old content.
 *
 * The target is fsynced first: it may never have been, and a backup must be able to bring it back.
 */
export function backUp(files: FileSystem, entry: Entry): void {
  if (entry.kind !== "replace" && entry.kind !== "remove") return;
  syncFile(files, entry.target);
  try {
    files.link(entry.target, backupPath(entry.target));
  } catch {
    // A file system without hard links, or another user's file under protected_hardlinks, see proc(5).
    copy(files, entry.target, entry.old);
  }
}

function syncFile(files: FileSystem, path: string): void {
  const handle = files.openFile(path);
  try {
    handle.sync();
  } finally {
    handle.close();
  }
}

function copy(files: FileSystem, target: string, old: Snapshot): void {
  const { content } = readFile(files, target, Number.MAX_SAFE_INTEGER);
  createDurably(files, backupPath(target), content, old);
}
