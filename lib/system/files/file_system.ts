/** The door to files: the only way in which certswap accesses a disk. */

/*
 * It is synchronous (a swap through asynchronous calls takes 1.45 times as long) and as narrow as
 * POSIX allows, one system call a method, so that a simulated disk can stand behind it and be
 * crashed between any two calls. Every method throws `FileSystemError` with the errno name.
 *
 * The exception is the fsync of many new files: on several threads at the same time, the file system merges
 * them, and a thousand take a fifth of the time.
 */

/** Owner and permission bits of a file. */
export interface Attributes {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits only (`0o7777`), without the file type. */
  readonly mode: number;
}

/** The fields of lstat(2) and fstat(2) that certswap uses. */
export interface FileInfo extends Attributes {
  readonly kind: "file" | "directory" | "link" | "fifo" | "socket" | "device";
  /** Size in bytes. */
  readonly size: number;
  readonly device: number;
  readonly inode: number;
  /** How many names the file has (`st_nlink`): more than one, if there are hard links to it. */
  readonly links: number;
  /** When its content was changed last (`st_mtime`), in milliseconds since 1970; programs can set it. */
  readonly modified?: number | undefined;
  /** When its content, owner or mode was changed last (`st_ctime`), the same to the second. */
  readonly changed?: number | undefined;
}

/**
 * An open descriptor. Its methods act on the file that was opened, even if the name leads elsewhere by now.
 */
export interface FileHandle {
  /** fstat(2). */
  stat(): FileInfo;
  /** read(2): fills `buffer` from its start, returns the number of bytes read, 0 at the end of the file. */
  read(buffer: Uint8Array): number;
  /** write(2): returns the number of bytes taken, which may be fewer than given. */
  write(bytes: Uint8Array): number;
  /** fchown(2). */
  setOwner(uid: number, gid: number): void;
  /** fchmod(2): exactly these permission bits, regardless of the umask. */
  setMode(mode: number): void;
  /** fsync(2). Do not retry after an error: the kernel may have dropped the data. */
  sync(): void;
  /**
   * fsync(2) on another thread, while this one goes on: several at the same time complete in any order. Until
   * it has ended, the handle must not be used.
   */
  syncInBackground(): Promise<void>;
  /** flock(2), exclusive, without waiting. Returns whether the lock is now held. A crash releases it. */
  tryLock(): boolean;
  /** close(2). */
  close(): void;
}

/**
 * The file system. All paths are absolute or relative to the working directory; no method expands anything.
 */
export interface FileSystem {
  /** open(2) of an existing file for reading. Follows links, and waits for the writer of a FIFO. */
  openFile(path: string): FileHandle;
  /**
   * open(2) of an existing file or directory for reading, as with O_NONBLOCK: it never waits for the writer
   * of a FIFO. A FIFO gives EAGAIN or a handle of kind `other`: ask the handle what was opened. Follows
   * links.
   *
   * @param seen the caller's lstat(2) right before, if there was one.
   */
  openPromptly(path: string, seen?: FileInfo): Promise<FileHandle>;
  /**
   * open(2) with O_CREAT and O_EXCL for writing: a new file or EEXIST, a link is never followed. `mode` is
   * masked by the umask.
   */
  createFile(path: string, mode: number): FileHandle;
  /**
   * open(2) of an existing file for writing, never truncated: overwrites it from its start. Follows links,
   * and does not wait for a FIFO's reader.
   */
  openToWrite(path: string): FileHandle;
  /**
   * open(2) of a lock file, created with `mode` if it is missing, never truncated. A link is followed, but
   * nothing is created through it.
   */
  openLockFile(path: string, mode: number): FileHandle;
  /** open(2) of a directory, as with O_DIRECTORY, for {@linkcode FileHandle.sync}. */
  openDirectory(path: string): FileHandle;
  /** lstat(2). */
  stat(path: string): FileInfo;
  /** The names in a directory, sorted, without `.` and `..`. */
  readDirectory(path: string): string[];
  /** realpath(3): absolute, with every link followed. */
  realPath(path: string): string;
  /** readlink(2): the target of a symbolic link, as written. */
  readLink(path: string): string;
  /** mkdir(2). `mode` is masked by the umask. */
  makeDirectory(path: string, mode: number): void;
  /** rmdir(2). */
  removeDirectory(path: string): void;
  /** rename(2). If both names are links to one inode, it succeeds, does nothing and leaves both (POSIX). */
  rename(from: string, to: string): void;
  /** symlink(2): a new symbolic link or EEXIST. `content` is what {@linkcode readLink} returns for it. */
  makeLink(content: string, path: string): void;
  /** link(2). A symbolic link itself is linked: resolve it first. */
  link(existing: string, name: string): void;
  /** unlink(2). */
  unlink(path: string): void;
}
