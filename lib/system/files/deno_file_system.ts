import { errnoOf, type FileOperation, FileSystemError } from "../errors.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";

/**
 * The real file system, through Deno's synchronous calls.
 *
 * Needs the `read` and `write` permissions for what it touches.
 */
export const denoFileSystem: FileSystem = {
  openFile: (path) => open("open", path, { read: true }),
  createFile: (path, mode) => open("create", path, { write: true, createNew: true, mode }),
  openLockFile: (path, mode) =>
    open("create", path, { read: true, write: true, create: true, mode }),
  openDirectory: (path) => open("open", path, { read: true }),
  stat: (path) => call("stat", path, () => toFileInfo(Deno.lstatSync(path))),
  readDirectory: (path) =>
    call("readdir", path, () => [...Deno.readDirSync(path)].map((entry) => entry.name).sort()),
  realPath: (path) => call("realpath", path, () => Deno.realPathSync(path)),
  readLink: (path) => call("readlink", path, () => Deno.readLinkSync(path)),
  makeDirectory: (path, mode) => call("mkdir", path, () => Deno.mkdirSync(path, { mode })),
  removeDirectory(path) {
    call("rmdir", path, () => {
      // Deno.removeSync would unlink a file as readily.
      if (!Deno.lstatSync(path).isDirectory) throw new FileSystemError("ENOTDIR", "rmdir", path);
      Deno.removeSync(path);
    });
  },
  rename: (from, to) => call("rename", from, () => Deno.renameSync(from, to)),
  link: (existing, name) => call("link", name, () => Deno.linkSync(existing, name)),
  unlink(path) {
    call("unlink", path, () => {
      // Deno.removeSync would remove an empty directory as readily.
      if (Deno.lstatSync(path).isDirectory) throw new FileSystemError("EISDIR", "unlink", path);
      Deno.removeSync(path);
    });
  },
};

function open(operation: FileOperation, path: string, options: Deno.OpenOptions): FileHandle {
  return new DenoFileHandle(path, call(operation, path, () => Deno.openSync(path, options)));
}

class DenoFileHandle implements FileHandle {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #isLocked = false;

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  stat(): FileInfo {
    return this.#call("stat", () => toFileInfo(this.#file.statSync()));
  }

  read(buffer: Uint8Array): number {
    return this.#call("read", () => this.#file.readSync(buffer)) ?? 0;
  }

  write(bytes: Uint8Array): number {
    return this.#call("write", () => this.#file.writeSync(bytes));
  }

  setOwner(uid: number, gid: number): void {
    this.#call(
      "chown",
      () => this.#withNodeDescriptor((fs, descriptor) => fs.fchownSync(descriptor, uid, gid)),
    );
  }

  setMode(mode: number): void {
    this.#call(
      "chmod",
      () => this.#withNodeDescriptor((fs, descriptor) => fs.fchmodSync(descriptor, mode)),
    );
  }

  sync(): void {
    this.#call("fsync", () => this.#file.syncSync());
  }

  tryLock(): boolean {
    this.#isLocked = this.#call("lock", () => this.#file.tryLockSync(true));
    return this.#isLocked;
  }

  close(): void {
    // A lock belongs to the open file, not to the descriptor (flock(2)): a child that another thread has just
    // forked shares it until it becomes its program, which can take a second on a busy machine.
    if (this.#isLocked) this.#file.unlockSync();
    this.#file.close();
  }

  #call<T>(operation: FileOperation, work: () => T): T {
    return call(operation, this.#path, work);
  }

  /**
   * fchown(2) and fchmod(2) need a descriptor of `node:fs`, for Deno's own file has neither. The name is
   * opened once more, without following a link, and must lead to the very inode that is open already.
   */
  #withNodeDescriptor(work: (fs: typeof import("node:fs"), descriptor: number) => void): void {
    // Loaded when it is needed: it would cost every start 20 ms, and most files already have what they need.
    const fs = globalThis.process.getBuiltinModule("node:fs");
    // For reading: a file of mode 0400 cannot be opened for writing once more. Without waiting: what stands
    // under the name by now may be a FIFO.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    const descriptor = fs.openSync(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const [mine, theirs] = [this.#file.statSync(), fs.fstatSync(descriptor)];
      if (mine.dev !== theirs.dev || mine.ino !== theirs.ino) {
        throw new FileSystemError("ESTALE", "open", this.#path);
      }
      work(fs, descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

function toFileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: info.isFile ? "file" : info.isDirectory ? "directory" : info.isSymlink ? "link" : "other",
    size: info.size,
    device: info.dev,
    inode: info.ino ?? 0,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
  };
}

/** Runs a system call and gives its error the POSIX name. */
function call<T>(operation: FileOperation, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileSystemError) throw error;
    throw new FileSystemError(errnoOf(error), operation, path, { cause: error });
  }
}
