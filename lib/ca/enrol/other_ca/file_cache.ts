/** Keeps what was read from files, until they change. */
import { attempt, type Clock, type FileSystem, second } from "../../../system/mod.ts";

/** Milliseconds: a file that was changed just now may change again without another time, size or inode. */
const settled = 2 * second;

/** What was read from files, each by its path. */
export class FileCache<Value> {
  readonly #doors: { readonly files: FileSystem; readonly clock: Clock };
  readonly #known = new Map<string, { readonly stamp: string; readonly value: Value }>();

  constructor(doors: { readonly files: FileSystem; readonly clock: Clock }) {
    this.#doors = doors;
  }

  /**
   * What is in a file. Only paths from the settings: none is forgotten.
   *
   * @param path links are followed.
   * @param read reads it, if it has changed since the last time. What it throws is not kept.
   */
  async get(path: string, read: () => Promise<Value>): Promise<Value> {
    // Asked first: a change while it is read is seen the next time.
    const stamp = this.#stampOf(path);
    const known = this.#known.get(path);
    if (known !== undefined && known.stamp === stamp) return known.value;
    this.#known.delete(path);
    const value = await read();
    if (stamp !== undefined) this.#known.set(path, { stamp, value });
    return value;
  }

  /** A text that is another one after the file was changed; `undefined` if that is not certain. */
  #stampOf(path: string): string | undefined {
    const { files, clock } = this.#doors;
    // Reading it says what is wrong.
    const real = attempt(() => files.realPath(path));
    const info = real === undefined ? undefined : attempt(() => files.stat(real));
    if (info === undefined) return undefined;
    const { kind, device, inode, size, modified, changed } = info;
    if (kind !== "file" || modified === undefined || changed === undefined) return undefined;
    const age = clock.now().getTime() - Math.max(modified, changed);
    return age < settled ? undefined : `${real} ${device}.${inode} ${size} ${modified} ${changed}`;
  }
}
