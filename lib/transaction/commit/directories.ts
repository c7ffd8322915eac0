/** The directories of a transaction, kept open for their fsync. */
import {
  type FileHandle,
  type FileSystem,
  isErrno,
  isSameFile,
  openKnownDirectory,
  statIfPresent,
} from "../../system/mod.ts";

/**
 * The directories of a transaction, opened once, before the commit: after it, running out of descriptors
 * (EMFILE) can no longer prevent an fsync.
 */
export class Directories {
  readonly #handles = new Map<string, FileHandle>();

  /**
   * Opens them. Those that do not exist are skipped.
   *
   * @throws FileSystemError, WrongFileKindError if one cannot be opened; then none is left open.
   */
  static async open(files: FileSystem, paths: Iterable<string>): Promise<Directories> {
    const directories = new Directories();
    try {
      for (const path of new Set(paths)) await directories.#add(files, path);
      return directories;
    } catch (error) {
      directories.close();
      throw error;
    }
  }

  async #add(files: FileSystem, path: string): Promise<void> {
    try {
      this.#handles.set(path, await openKnownDirectory(files, path));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }

  /** fsync(2) of the given ones, in that order; without paths, of all. */
  sync(paths: Iterable<string> = this.paths): void {
    for (const path of new Set(paths)) this.#handles.get(path)?.sync();
  }

  /** Whether a path still leads to the directory that was opened, and is not a link. */
  isStill(files: FileSystem, path: string): boolean {
    const [found, opened] = [statIfPresent(files, path), this.#handles.get(path)?.stat()];
    return found?.kind === "directory" && opened !== undefined && isSameFile(found, opened);
  }

  /** Their paths, in the given order. */
  get paths(): readonly string[] {
    return [...this.#handles.keys()];
  }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
  }
}
