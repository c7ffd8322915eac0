/** Moves a CA to and from a directory. */
import {
  join,
  statIfPresent,
  syncDirectory,
  type System,
  unlinkEach,
} from "../../../../system/mod.ts";
import { takeSnapshot } from "../../../../transaction/mod.ts";
import { CaIncompleteError } from "../../../errors.ts";
import { type DataDirectory, readIfPresent } from "../../files/mod.ts";
import type { MovableKind, OldStore } from "../../move/mod.ts";
import { indexLimit, readIndex } from "../index_file.ts";
import { fillDirectory, removeRest } from "./fill.ts";
import { indexKeptAt } from "./old_index.ts";

/** A directory, for a move. */
export const movableDirectory: MovableKind = {
  fill: (system, directory) => Promise.try(() => fillDirectory(system, directory)),
  isMarkedFirst: false,
  // The mark is a part of the change that switches: it is made with it, or not at all.
  restore: () => Promise.resolve(),
  async retire({ files }, { paths, written }) {
    const old = await takeSnapshot(files, paths.index, indexLimit);
    if (old === undefined) throw new CaIncompleteError(written, "index.json");
    const { content, snapshot } = old;
    const target = indexKeptAt(paths);
    const { uid, gid, mode } = snapshot;
    return [
      { kind: "create", target, content, attributes: { uid, gid, mode } },
      { kind: "remove", target: paths.index, old: snapshot },
    ];
  },
  openOld: (system, directory) =>
    Promise.resolve(
      statIfPresent(system.files, indexKeptAt(directory.paths)) === undefined
        ? undefined
        : new OldDirectory(system, directory),
    ),
};

/** The files of a directory that a move has kept. */
class OldDirectory implements OldStore {
  readonly name = "index.json.moved";
  readonly #system: System;
  readonly #directory: DataDirectory;

  constructor(system: System, directory: DataDirectory) {
    this.#system = system;
    this.#directory = directory;
  }

  async *serials(): AsyncGenerator<readonly string[]> {
    const path = indexKeptAt(this.#directory.paths);
    const file = await readIfPresent(this.#system.files, path, indexLimit);
    if (file !== undefined) yield readIndex(file.content, path).map(({ serial }) => serial);
  }

  /** The index goes last: as long as it is there, the rest can be removed again. */
  // deno-lint-ignore require-await
  async remove(): Promise<void> {
    const { files } = this.#system;
    const { paths } = this.#directory;
    if (statIfPresent(files, paths.certificates) !== undefined) {
      const names = files.readDirectory(paths.certificates);
      unlinkEach(files, names.map((name) => join(paths.certificates, name)));
      files.removeDirectory(paths.certificates);
    }
    removeRest(files, paths);
    syncDirectory(files, paths.directory);
    unlinkEach(files, [indexKeptAt(paths)]);
    syncDirectory(files, paths.directory);
  }
}
