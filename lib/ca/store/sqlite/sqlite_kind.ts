/** SQLite as the database of a CA: the file `ca.db` in its data directory. */
import {
  requireTrustedPlaces,
  type SqlDatabase,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../../../system/mod.ts";
import { CaIncompleteError } from "../../errors.ts";
import type { DataDirectory } from "../files/mod.ts";
import type { Finding } from "../finding.ts";
import { type ConnectOptions, lastMark, markChange, type SqlKind } from "../sql/mod.ts";
import { requireSchema } from "./schema.ts";

/** The database of one CA. */
export class SqliteKind implements SqlKind {
  readonly store = "sqlite";
  readonly inStore = "ca.db";
  readonly isShared = false;
  readonly #system: System;
  readonly #directory: DataDirectory;

  constructor(system: System, directory: DataDirectory) {
    this.#system = system;
    this.#directory = directory;
  }

  async connect(access: "read" | "write", { timeout }: ConnectOptions): Promise<SqlDatabase> {
    const { files, databases } = this.#system;
    const { paths: { database: path }, written } = this.#directory;
    const found = statIfPresent(files, path);
    // A missing database is never created: the serial numbers in it would be used again.
    if (found === undefined) throw new CaIncompleteError(written, this.inStore);
    if (found.kind !== "file") throw new WrongFileKindError(path, "file", found.kind);
    requireTrustedPlaces(this.#system, [{ path, as: "obeyed" }]);
    const database = await databases.openSqlite(path, { access, busyTimeout: timeout });
    try {
      await requireSchema(database);
      // Not before: what is not the database of a CA stays as it is.
      if (access === "write") await database.query("PRAGMA journal_mode = WAL");
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async mark(database: SqlDatabase, mark: string): Promise<void> {
    await markChange(database, mark);
  }

  /** The lock of the data directory is still held, so no other change can have been made since. */
  async wasCommitted(mark: string, options: ConnectOptions): Promise<boolean> {
    const database = await this.connect("read", options);
    try {
      return await lastMark(database) === mark;
    } finally {
      await database.close();
    }
  }

  async whilePublishing<T>(work: () => Promise<T>): Promise<T> {
    return await work();
  }

  // deno-lint-ignore require-await
  async keeping(): Promise<readonly Finding[]> {
    const { files } = this.#system;
    const { paths: { database } } = this.#directory;
    return [database, `${database}-wal`, `${database}-shm`].flatMap((path): Finding[] => {
      const info = statIfPresent(files, path);
      if (info === undefined || (info.mode & 0o077) === 0) return [];
      const name = path.slice(path.lastIndexOf("/") + 1);
      const { mode } = info;
      return [{ code: "open-mode", name, mode, wanted: mode & ~0o077, isMendable: false }];
    });
  }
}
