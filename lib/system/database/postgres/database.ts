/** A database of a PostgreSQL server. */
import { second } from "../../time/mod.ts";
import type { SqlDatabase, SqlRow, SqlValue } from "../database.ts";
import { CommitFailedError, DatabaseBusyError, DatabaseError } from "../errors.ts";
import { Nesting } from "../nesting.ts";
import type { Client } from "./client.ts";
import { connect, isSocket } from "./connect.ts";
import { DatabaseConnectionError } from "../postgres_errors.ts";
import type { PostgresOptions } from "../postgres_options.ts";
import { problemOf } from "./problems.ts";

/** How many statements are sent before the first of them is answered. */
const batch = 500;

/** How much later than the server this side gives up: only if the server does not answer at all. */
const grace = 5 * second;

/** A session, and what is known of it. */
interface Session {
  readonly client: Client;
  isLost: boolean;
}

/**
 * Opens a database. Connects now, and again if a session was lost, but never within a transaction.
 *
 * @throws DatabaseConnectionError, DatabaseLoginError, DatabasePasswordError
 */
export async function openPostgres(options: PostgresOptions): Promise<SqlDatabase> {
  const database = new PostgresDatabase(options);
  await database.session();
  return database;
}

class PostgresDatabase implements SqlDatabase {
  readonly name: string;
  readonly #options: PostgresOptions;
  #session: Session | undefined;
  readonly #nesting = new Nesting();
  /** The names of prepared statements, by their text. */
  readonly #names = new Map<string, string>();

  constructor(options: PostgresOptions) {
    const { database, place } = options;
    this.name = `${database} on ${place.host}${isSocket(place) ? " port " : ":"}${place.port}`;
    this.#options = options;
  }

  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const { rows } = await this.#send(await this.session(), this.#prepared(sql, parameters));
    return rows as readonly SqlRow[];
  }

  async runEach(sql: string, parameters: readonly (readonly SqlValue[])[]): Promise<void> {
    const session = await this.session();
    for (let from = 0; from < parameters.length; from += batch) {
      const some = parameters.slice(from, from + batch);
      await all(some.map((each) => this.#send(session, this.#prepared(sql, each))));
    }
  }

  async script(sql: string): Promise<void> {
    await this.#send(await this.session(), { text: sql });
  }

  async transaction<T>(access: "read" | "write", work: () => Promise<T>): Promise<T> {
    return await this.#nesting.run(work, {
      begin: () => this.#begin(access),
      commit: () => this.#commit(access),
      rollBack: () => this.#rollBack(),
    });
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined || session.isLost) return;
    await session.client.end();
  }

  /** The session. If the last one was lost, connects again: what it had begun is undone by the server. */
  async session(): Promise<Session> {
    const current = this.#session;
    if (current !== undefined && !current.isLost) return current;
    if (this.#nesting.isOpen) throw this.#lost();
    const client = await connect(this.#options);
    const session = { client, isLost: false };
    client.on("end", () => session.isLost = true);
    client.on("error", () => session.isLost = true);
    return this.#session = session;
  }

  /**
   * Of a transaction that writes there is one at a time: it holds an advisory lock until it has ended, also
   * if its client is gone. After the lock, every statement sees what was committed before it.
   */
  async #begin(access: "read" | "write"): Promise<void> {
    const before = this.#session;
    try {
      await this.#beginIn(await this.session(), access);
    } catch (error) {
      await this.#rollBack();
      // A session that waited may have ended long ago. Nothing was sent yet that could have any effect.
      const isStale = before !== undefined && before === this.#session && before.isLost;
      if (!isStale) throw error;
      await this.#beginIn(await this.session(), access);
    }
  }

  async #beginIn(session: Session, access: "read" | "write"): Promise<void> {
    if (access === "read") {
      await this.#send(session, { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" });
      return;
    }
    const { lock, statement, idle } = this.#options.limits;
    await all([
      { text: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE" },
      { text: "SET LOCAL statement_timeout = 0" },
      { text: `SET LOCAL lock_timeout = ${Math.max(1, Math.round(lock))}` },
      { text: `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(idle)}` },
      { text: `SELECT pg_advisory_xact_lock(${lockKey})` },
      { text: `SET LOCAL statement_timeout = ${Math.round(statement)}` },
    ].map((query) => this.#send(session, query, lock)));
  }

  async #commit(access: "read" | "write"): Promise<void> {
    const session = this.#session;
    try {
      if (session === undefined || session.isLost) throw this.#lost();
      const { command } = await this.#send(session, { text: "COMMIT" });
      // A transaction in which a statement has failed is rolled back, without an error.
      if (command !== "COMMIT") {
        throw new DatabaseError(this.name, { problem: "other", detail: "rolled back" });
      }
    } catch (cause) {
      if (access === "read") throw cause;
      throw new CommitFailedError(this.name, { cause });
    }
  }

  /** The error that led here matters more. The server rolls back what a lost session has begun. */
  async #rollBack(): Promise<void> {
    const session = this.#session;
    if (session === undefined || session.isLost) return;
    try {
      await this.#send(session, { text: "ROLLBACK" });
    } catch {
      session.isLost = true;
    }
  }

  #prepared(sql: string, values: readonly SqlValue[]): Query {
    const name = this.#names.get(sql) ?? `s${this.#names.size}`;
    this.#names.set(sql, name);
    let count = 0;
    return { name, text: sql.replaceAll("?", () => `$${++count}`), values };
  }

  /** @param longer milliseconds that it may take in addition to a usual statement. */
  async #send(session: Session, query: Query, longer = 0): Promise<Answer> {
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      session.isLost = true;
      session.client.destroy();
      reject(new DatabaseConnectionError(this.#options.place, "time-limit"));
    }, this.#options.limits.statement + longer + grace);
    try {
      return await Promise.race([session.client.query(query), silence]);
    } catch (cause) {
      throw this.#toError(session, cause);
    } finally {
      clearTimeout(timer);
    }
  }

  #toError(session: Session, cause: unknown): Error {
    if (!(cause instanceof Error) || cause instanceof DatabaseConnectionError) {
      return cause as Error;
    }
    const { code, severity } = cause as { readonly code?: string; readonly severity?: string };
    if (severity === undefined || code === undefined) {
      // RangeError: a value that does not fit, which is a defect.
      if (cause instanceof RangeError || cause instanceof TypeError) return cause;
      session.isLost = true;
      return this.#lost(cause);
    }
    const problem = problemOf(code);
    if (severity === "FATAL" || severity === "PANIC") session.isLost = true;
    if (problem === "busy") return new DatabaseBusyError(this.name, { cause });
    return new DatabaseError(this.name, { problem, detail: cause.message, cause });
  }

  #lost(cause?: unknown): DatabaseConnectionError {
    return new DatabaseConnectionError(this.#options.place, "lost", { cause });
  }
}

/** Each CA has a schema of its own, and its own lock. */
const lockKey = "hashtextextended('certswap ' || current_schema(), 0)";

type Query = Parameters<Client["query"]>[0];
type Answer = Awaited<ReturnType<Client["query"]>>;

/** Waits for all of them, also if one fails: the errors of those behind it are consequences. */
async function all(answers: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(answers);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
