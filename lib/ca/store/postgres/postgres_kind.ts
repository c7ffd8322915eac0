/** PostgreSQL as the database of a CA: a server that `ca.toml` names, and that several machines may use. */
import {
  DatabaseBusyError,
  DatabaseConnectionError,
  DatabaseLoginError,
  type SqlDatabase,
  type System,
} from "../../../system/mod.ts";
import type { DataDirectory } from "../files/mod.ts";
import type { Finding } from "../finding.ts";
import { type ConnectOptions, markChange, type SqlKind, whileConnected } from "../sql/mod.ts";
import { ownSession, sharedSession } from "./connections.ts";
import { type Login, readLogin } from "./login.ts";
import { requireSchema } from "./schema.ts";

/** How long a server may take to come back, in milliseconds, before the outcome of a change is unknown. */
const patience = 30_000;

/** From one attempt to the next, in milliseconds. */
const pause = 200;

/** The database of one CA. */
export class PostgresKind implements SqlKind {
  readonly store = "postgres";
  readonly inStore = "postgres";
  readonly isShared = true;
  readonly #system: System;
  readonly #directory: DataDirectory;
  #login: Promise<Login> | undefined;

  constructor(system: System, directory: DataDirectory) {
    this.#system = system;
    this.#directory = directory;
  }

  async connect(access: "read" | "write", { timeout }: ConnectOptions): Promise<SqlDatabase> {
    const login = await this.#readLogin();
    const database = access === "read"
      ? await sharedSession(this.#system, login)
      : await ownSession(this.#system, login, timeout);
    try {
      await requireSchema(database, access);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async mark(database: SqlDatabase, mark: string): Promise<void> {
    await markChange(database, mark);
    await database.query("INSERT INTO changes (mark) VALUES (?)", [mark]);
    await database.query("DELETE FROM changes WHERE made_at < now() - interval '1 day'");
    await database.query("UPDATE ca SET ready = 1 WHERE ready = 0");
  }

  /**
   * Looks for the mark when the transaction that would have left it has certainly ended: that one holds the
   * lock of all that write, also if its client is gone. A server that has crashed may come back meanwhile.
   */
  async wasCommitted(mark: string, { timeout }: ConnectOptions): Promise<boolean> {
    const { clock } = this.#system;
    for (let left = patience;; left -= pause) {
      try {
        return await this.#isMarked(mark, Math.max(timeout, patience));
      } catch (error) {
        if (left <= 0 || !mayPass(error)) throw error;
        await clock.sleep(pause);
      }
    }
  }

  async #isMarked(mark: string, timeout: number): Promise<boolean> {
    return await whileConnected(
      this,
      timeout,
      (database) =>
        database.transaction("write", async () => {
          const rows = await database.query("SELECT 1 AS found FROM changes WHERE mark = ?", [
            mark,
          ]);
          return rows.length > 0;
        }),
    );
  }

  /** Holds a lock of the database: the hooks of two machines must not run in another order than the CRLs. */
  async whilePublishing<T>(work: () => Promise<T>, { timeout }: ConnectOptions): Promise<T> {
    const database = await this.connect("write", { timeout });
    const key = "hashtextextended('certswap publish ' || current_schema(), 0)";
    try {
      for (let left = timeout;; left -= pause) {
        const [row] = await database.query(`SELECT pg_try_advisory_lock(${key}) AS held`);
        if (row?.["held"] === 1) break;
        if (left <= 0) throw new DatabaseBusyError(database.name);
        await this.#system.clock.sleep(Math.min(pause, left));
      }
      try {
        return await work();
      } finally {
        await database.query(`SELECT pg_advisory_unlock(${key})`);
      }
    } finally {
      await database.close();
    }
  }

  // deno-lint-ignore require-await -- the server keeps it, and checks it itself
  async keeping(): Promise<readonly Finding[]> {
    return [];
  }

  #readLogin(): Promise<Login> {
    const { written: dataDirectory } = this.#directory;
    return this.#login ??= readLogin(this.#system, { dataDirectory }).catch((error) => {
      this.#login = undefined;
      throw error;
    });
  }
}

/** Whether an error is one of a server that starts, or of a connection that was lost. */
function mayPass(error: unknown): boolean {
  if (error instanceof DatabaseConnectionError) {
    return ["refused", "no-socket", "lost", "unreachable", "time-limit"].includes(error.reason);
  }
  // Cannot connect now: it starts, recovers or ends. Administrator command, crash.
  if (error instanceof DatabaseLoginError) return /^57P0[123]$/.test(error.state);
  return (error as { readonly problem?: unknown }).problem === "connection";
}
