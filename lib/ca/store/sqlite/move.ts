/** Moves a CA to and from an SQLite database. */
import {
  directoryOf,
  giveMode,
  type SqlDatabase,
  statIfPresent,
  syncDirectory,
  type System,
  unlinkEach,
} from "../../../system/mod.ts";
import { OldStoreKeptError } from "../../errors.ts";
import { caModes, databaseFiles, type DataDirectory, ownAttributes } from "../files/mod.ts";
import type { FillOptions, MovableKind, OldStore } from "../move/mod.ts";
import {
  insertCa,
  markMoved,
  readCa,
  requireKeyIdentifier,
  updateCa,
  whileConnected,
} from "../sql/mod.ts";
import { serialsIn, SqlFilling, unfinished } from "../sql/move/mod.ts";
import { schema } from "./schema.ts";
import { SqliteKind } from "./sqlite_kind.ts";

/** How long to wait for another program that uses the database, in milliseconds. */
const timeout = 5000;

/** SQLite, for a move. */
export const movableSqlite: MovableKind = {
  async fill(system, directory, options) {
    await removeLeftover(system, directory, options);
    createEmpty(system, directory);
    const path = directory.paths.database;
    const database = await system.databases.openSqlite(path, {
      access: "write",
      busyTimeout: timeout,
    });
    try {
      await begin(database, directory, options);
    } catch (error) {
      await database.close();
      throw error;
    }
    const kind = new SqliteKind(system, directory);
    return new SqlFilling(system.files, directory, { kind, database });
  },
  isMarkedFirst: true,
  async restore(system, directory) {
    // No one else uses this database: `store.json` decides, not the mark.
    await whileConnected(new SqliteKind(system, directory), timeout, async (database) => {
      const { moved_to: to } = await readCa(database, "moved_to");
      if (to === null) return;
      await database.transaction("write", () => updateCa(database, "moved_to", null));
    });
  },
  async retire(system, directory, move) {
    const kind = new SqliteKind(system, directory);
    await whileConnected(kind, timeout, (database) => markMoved(database, move));
    return [];
  },
  async openOld(system, directory) {
    const path = directory.paths.database;
    if (statIfPresent(system.files, path) === undefined) return undefined;
    return await new OldDatabase(system, directory).orNothing();
  },
};

async function begin(
  database: SqlDatabase,
  directory: DataDirectory,
  { certificate }: FillOptions,
): Promise<void> {
  const keyIdentifier = requireKeyIdentifier(certificate, directory.paths.certificate);
  await database.query("PRAGMA journal_mode = WAL");
  await database.script(schema);
  await database.transaction("write", async () => {
    await insertCa(database, { keyIdentifier, nextSerial: 1n, nextCrlNumber: 1n });
    await updateCa(database, "moved_to", unfinished);
  });
}

/** An empty file is an empty database. Only its owner may read it, from its first byte. */
function createEmpty({ files }: System, directory: DataDirectory): void {
  const path = directory.paths.database;
  const { uid, gid } = ownAttributes(files, directory);
  const handle = files.createFile(path, caModes.database);
  try {
    const made = handle.stat();
    if (made.uid !== uid || made.gid !== gid) handle.setOwner(uid, gid);
    giveMode(handle, path, caModes.database);
    handle.sync();
  } finally {
    handle.close();
  }
  syncDirectory(files, directoryOf(path));
}

/**
 * Removes a database that a move has begun: one that says so, or that cannot be read yet. One that another
 * store has taken over from is kept.
 */
async function removeLeftover(
  system: System,
  directory: DataDirectory,
  { inUse }: FillOptions,
): Promise<void> {
  const { files } = system;
  const [path = "", ...others] = databaseFiles(directory.paths);
  if (statIfPresent(files, path) !== undefined) {
    const to = await movedTo(system, directory);
    if (to === inUse) throw new OldStoreKeptError(path, "sqlite");
  }
  // The database first: what SQLite keeps beside it would be applied to another one.
  unlinkEach(files, [path, ...others]);
  syncDirectory(files, directoryOf(path));
}

/** What the database says of its own use; `undefined` if it says nothing, or has no schema yet. */
async function movedTo(system: System, directory: DataDirectory): Promise<string | undefined> {
  const { database: path } = directory.paths;
  const database = await system.databases.openSqlite(path, {
    access: "read",
    busyTimeout: timeout,
  });
  try {
    const [table] = await database.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'ca'",
    );
    if (table === undefined) return undefined;
    const [row] = await database.query("SELECT moved_to FROM ca");
    const to = row?.["moved_to"];
    return typeof to === "string" ? to : undefined;
  } finally {
    await database.close();
  }
}

/** A database that a move has kept. */
class OldDatabase implements OldStore {
  readonly name = "ca.db";
  readonly #system: System;
  readonly #directory: DataDirectory;

  constructor(system: System, directory: DataDirectory) {
    this.#system = system;
    this.#directory = directory;
  }

  /** `undefined` if no move has marked it: it is not known what it is. */
  async orNothing(): Promise<OldStore | undefined> {
    const to = await movedTo(this.#system, this.#directory);
    return to === undefined ? undefined : this;
  }

  async *serials(): AsyncGenerator<readonly string[]> {
    const kind = new SqliteKind(this.#system, this.#directory);
    const database = await kind.connect("read", { timeout });
    try {
      yield* serialsIn(database);
    } finally {
      await database.close();
    }
  }

  // deno-lint-ignore require-await
  async remove(): Promise<void> {
    const { files } = this.#system;
    unlinkEach(files, databaseFiles(this.#directory.paths));
    syncDirectory(files, this.#directory.paths.directory);
  }
}
