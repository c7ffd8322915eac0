import type { FileHandle, FileOperation, FileSystem } from "../../lib/system/mod.ts";

/** Called before each operation. `path`: of a handle, the one it was opened by; of a rename, the old name. */
export type Watch = (operation: FileOperation, path: string) => void;

/** A file system that calls `watch` before each operation, including those on open files. */
export function watchedFileSystem(inner: FileSystem, watch: Watch): FileSystem {
  const watched = (operation: FileOperation, path: string, open: () => FileHandle): FileHandle => {
    watch(operation, path);
    return watchedHandle(open(), path, watch);
  };
  return {
    openFile: (path) => watched("open", path, () => inner.openFile(path)),
    async openPromptly(path) {
      watch("open", path);
      return watchedHandle(await inner.openPromptly(path), path, watch);
    },
    createFile: (path, mode) => watched("create", path, () => inner.createFile(path, mode)),
    openToWrite: (path) => watched("open", path, () => inner.openToWrite(path)),
    openLockFile: (path, mode) => watched("create", path, () => inner.openLockFile(path, mode)),
    openDirectory: (path) => watched("open", path, () => inner.openDirectory(path)),
    stat: (path) => (watch("stat", path), inner.stat(path)),
    readDirectory: (path) => (watch("readdir", path), inner.readDirectory(path)),
    realPath: (path) => (watch("realpath", path), inner.realPath(path)),
    readLink: (path) => (watch("readlink", path), inner.readLink(path)),
    makeDirectory: (path, mode) => (watch("mkdir", path), inner.makeDirectory(path, mode)),
    removeDirectory: (path) => (watch("rmdir", path), inner.removeDirectory(path)),
    rename: (from, to) => (watch("rename", from), inner.rename(from, to)),
    makeLink: (content, path) => (watch("symlink", path), inner.makeLink(content, path)),
    link: (existing, name) => (watch("link", name), inner.link(existing, name)),
    unlink: (path) => (watch("unlink", path), inner.unlink(path)),
  };
}

function watchedHandle(inner: FileHandle, path: string, watch: Watch): FileHandle {
  return {
    stat: () => (watch("stat", path), inner.stat()),
    read: (buffer) => (watch("read", path), inner.read(buffer)),
    write: (bytes) => (watch("write", path), inner.write(bytes)),
    setOwner: (uid, gid) => (watch("chown", path), inner.setOwner(uid, gid)),
    setMode: (mode) => (watch("chmod", path), inner.setMode(mode)),
    sync: () => (watch("fsync", path), inner.sync()),
    syncInBackground: async () => (watch("fsync", path), await inner.syncInBackground()),
    tryLock: () => (watch("lock", path), inner.tryLock()),
    close: () => (watch("close", path), inner.close()),
  };
}
