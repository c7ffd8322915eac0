/** The real file system, through Deno. */
import { errnoOf } from "../errno.ts";
import { type FileOperation, FileSystemError, isErrno } from "../errors.ts";
import { turnOfEventLoop, within } from "../waiting.ts";
import type { FileHandle, FileInfo, FileSystem } from "./file_system.ts";
import { directoryOf } from "./path.ts";
import { standardInputInfo, standardInputPath, streamAt } from "./stream.ts";

/**
 * The real file system, through Deno's synchronous calls.
 *
 * Needs the `read` and `write` permissions for what it touches.
 */
export const denoFileSystem: FileSystem = {
  openFile: (path) =>
    streamAt(path) === standardInputPath
      ? new StandardInput(path)
      : open("open", path, { read: true }),
  createFile: (path, mode) => open("create", path, { write: true, createNew: true, mode }),
  openPromptly,
  // For reading, too: that way a FIFO is opened without waiting, see fifo(7).
  openToWrite: (path) => open("open", path, { read: true, write: true }),
  openLockFile(path, mode) {
    // Also for writing: this way even a FIFO is opened without waiting, see fifo(7).
    const openPresent = (): FileHandle | undefined =>
      unlessErrno("ENOENT", () => open("create", path, { read: true, write: true }));
    // O_CREAT alone would create a file through a dangling link, see open(2).
    const createNew = (): FileHandle =>
      open("create", path, { read: true, write: true, createNew: true, mode });
    // Another process may create it in between; it is never removed.
    return openPresent() ?? unlessErrno("EEXIST", createNew) ?? openPresent() ?? createNew();
  },
  openDirectory(path) {
    return call("open", path, () => {
      // Deno has no O_DIRECTORY, and a FIFO would make open(2) wait.
      if (!Deno.statSync(path).isDirectory) throw new FileSystemError("ENOTDIR", "open", path);
      return open("open", path, { read: true });
    });
  },
  stat: (path) => call("stat", path, () => toFileInfo(Deno.lstatSync(path))),
  readDirectory: (path) =>
    call("readdir", path, () => [...Deno.readDirSync(path)].map((entry) => entry.name).sort()),
  realPath: (path) => call("realpath", path, () => Deno.realPathSync(path)),
  readLink: (path) => call("readlink", path, () => Deno.readLinkSync(path)),
  makeDirectory: (path, mode) => call("mkdir", path, () => Deno.mkdirSync(path, { mode })),
  removeDirectory(path) {
    call("rmdir", path, () => {
      // Deno.removeSync would also unlink a file.
      if (!Deno.lstatSync(path).isDirectory) throw new FileSystemError("ENOTDIR", "rmdir", path);
      Deno.removeSync(path);
    });
  },
  rename: (from, to) => call("rename", from, () => Deno.renameSync(from, to)),
  makeLink: (content, path) => call("symlink", path, () => Deno.symlinkSync(content, path)),
  link: (existing, name) => call("link", name, () => Deno.linkSync(existing, name)),
  unlink(path) {
    call("unlink", path, () => {
      // Deno.removeSync would also remove an empty directory.
      if (Deno.lstatSync(path).isDirectory) throw new FileSystemError("EISDIR", "unlink", path);
      Deno.removeSync(path);
    });
  },
};

/**
 * Who can exchange names in a directory and on the path to it: only root and this process's user (`own`),
 * others only their own names (`sticky`, as /tmp), or possibly anyone (`shared`). Only root and this user
 * could change that.
 */
type Sharing = "own" | "sticky" | "shared";

/** By absolute path. */
const sharing = new Map<string, Sharing>();

function sharingOf(directory: string): Sharing {
  const known = sharing.get(directory);
  if (known !== undefined) return known;
  const parent = directoryOf(directory);
  const isReached = parent === directory || sharingOf(parent) !== "shared";
  const found = isReached ? sharingByItself(directory) : "shared";
  sharing.set(directory, found);
  return found;
}

function sharingByItself(directory: string): Sharing {
  try {
    const { isDirectory, mode, uid } = Deno.lstatSync(directory);
    if (!isDirectory || mode === null || (uid !== 0 && uid !== Deno.uid())) return "shared";
    if ((mode & 0o022) === 0) return "own";
    return (mode & 0o1000) === 0 ? "shared" : "sticky";
  } catch {
    // It is gone, or certswap may no longer ask who it is: assume the worst.
    return "shared";
  }
}

/**
 * How many turns of the event loop an open(2) gets first; then how often, and at which interval in
 * milliseconds, to check what it is waiting for.
 */
const patience = { turns: 32, looks: 200, interval: 50 };

/**
 * Deno has no O_NONBLOCK, and loading `node:fs` for it takes 20 ms. If others could put a FIFO there between
 * the check and the open, the open waits on another thread: this thread can see what blocks it, and give up.
 * That takes a quarter of a millisecond, ten times as long as a synchronous open. If only this user and root
 * could, one check before the open is enough: the caller's own, if there was one.
 */
async function openPromptly(path: string, seen?: FileInfo): Promise<FileHandle> {
  if (path.startsWith("/") && sharingOf(directoryOf(path)) === "own") {
    const kind = seen?.kind ?? call("open", path, () => toFileInfo(Deno.statSync(path))).kind;
    if (kind !== "file" && kind !== "directory") {
      throw new FileSystemError("EAGAIN", "open", path);
    }
    return open("open", path, { read: true });
  }
  return await openOnAnotherThread(path);
}

async function openOnAnotherThread(path: string): Promise<FileHandle> {
  const opening = Deno.open(path, { read: true });
  try {
    // Nearly all files are open after one turn. The first timer of a process loads 400 kB: 10 ms.
    for (let turn = 0; turn < patience.turns; turn++) {
      const file = await Promise.race([opening, turnOfEventLoop()]);
      if (file !== undefined) return new DenoFileHandle(path, file);
    }
    for (let look = 0; look < patience.looks; look++) {
      const file = await within(patience.interval, opening);
      if (file !== undefined) return new DenoFileHandle(path, file);
      // A regular file on a sleeping disk takes a while, but is then opened.
      const { isFile, isDirectory } = Deno.statSync(path);
      if (!isFile && !isDirectory) break;
    }
    throw new FileSystemError("EAGAIN", "open", path);
  } catch (error) {
    // The thread waits until some process opens the FIFO for writing.
    opening.then((file) => file.close(), () => {});
    return call("open", path, () => {
      throw error;
    });
  }
}

function open(operation: FileOperation, path: string, options: Deno.OpenOptions): FileHandle {
  return new DenoFileHandle(path, call(operation, path, () => Deno.openSync(path, options)));
}

/** Standard input: Deno needs no permission for it, and has no path to it. It is only read. */
class StandardInput implements FileHandle {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  stat(): FileInfo {
    return standardInputInfo;
  }

  read(buffer: Uint8Array): number {
    return call("read", this.#path, () => Deno.stdin.readSync(buffer)) ?? 0;
  }

  write(): never {
    throw new FileSystemError("EBADF", "write", this.#path);
  }

  setOwner(): never {
    throw new FileSystemError("EBADF", "chown", this.#path);
  }

  setMode(): never {
    throw new FileSystemError("EBADF", "chmod", this.#path);
  }

  sync(): never {
    throw new FileSystemError("EBADF", "fsync", this.#path);
  }

  syncInBackground(): Promise<never> {
    return Promise.reject(new FileSystemError("EBADF", "fsync", this.#path));
  }

  tryLock(): never {
    throw new FileSystemError("EBADF", "lock", this.#path);
  }

  /** It stays open: it belongs to the process. */
  close(): void {}
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

  async syncInBackground(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (error) {
      this.#call("fsync", () => {
        throw error;
      });
    }
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
   * opened once more, without following a link, and must lead to the inode that is already open.
   */
  #withNodeDescriptor(work: (fs: typeof import("node:fs"), descriptor: number) => void): void {
    // Loaded when needed: it would cost every start 20 ms, and most files already have their owner and mode.
    const fs = globalThis.process.getBuiltinModule("node:fs");
    // For reading: a file of mode 0400 cannot be opened for writing once more. Without waiting: what is
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

function kindOf(info: Deno.FileInfo): FileInfo["kind"] {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "link";
  return info.isFifo === true ? "fifo" : info.isSocket === true ? "socket" : "device";
}

function toFileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: kindOf(info),
    size: info.size,
    device: info.dev,
    inode: info.ino ?? 0,
    links: info.nlink ?? 1,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
    modified: info.mtime?.getTime(),
    changed: info.ctime?.getTime(),
  };
}

/** What `work` returns, or `undefined` if it fails with this error. */
function unlessErrno<T>(errno: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isErrno(error, errno)) throw error;
    return undefined;
  }
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
