/** The directories of a transaction, held open for their fsync. */
import {
  type FileHandle,
  type FileSystem,
  isErrno,
  isSameFile,
  openKnownDirectory,
  statIfPresent,
} from "../../system/mod.ts";

/**
 * The directories of a transaction, opened once and before the commit: after it, no missing
 * descriptor (EMFILE) can stand between a change and its fsync.
 */
export class Directories {
  readonly #handles = new Map<string, FileHandle>();

  /**
   * Opens them. Those that do not exist are passed over.
   *
   * @throws FileSystemError, WrongFileKindError where one cannot be opened; none is left open then.
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

  /** fsync(2) of some of them, in the order given; without paths, of all. */
  sync(paths: Iterable<string> = this.paths): void {
    for (const path of new Set(paths)) this.#handles.get(path)?.sync();
  }

  /** Whether a path is still that of the directory that was opened, and no link to another. */
  isStill(files: FileSystem, path: string): boolean {
    const [found, opened] = [statIfPresent(files, path), this.#handles.get(path)?.stat()];
    return found?.kind === "directory" && opened !== undefined && isSameFile(found, opened);
  }

  /** Their paths, in the order given. */
  get paths(): readonly string[] {
    return [...this.#handles.keys()];
  }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
  }
}
