/** The directories of a transaction, held open for their fsync. */
import { type FileHandle, type FileSystem, ifPresent } from "../../system/mod.ts";

/**
 * The directories of a transaction, opened once and before the commit: after it, no missing
 * descriptor (EMFILE) can stand between a change and its fsync.
 */
export class Directories {
  readonly #handles = new Map<string, FileHandle>();

  /**
   * @param paths without doubles; those that do not exist are passed over.
   * @throws FileSystemError where one cannot be opened; none is left open then.
   */
  constructor(files: FileSystem, paths: Iterable<string>) {
    try {
      for (const path of new Set(paths)) {
        const handle = ifPresent(() => files.openDirectory(path));
        if (handle !== undefined) this.#handles.set(path, handle);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** fsync(2) of some of them, in the order given; without paths, of all. */
  sync(paths: Iterable<string> = this.paths): void {
    for (const path of new Set(paths)) this.#handles.get(path)?.sync();
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
