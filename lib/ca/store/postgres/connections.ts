/** Keeps sessions of a process for its next change: a login with TLS takes longer than a signature. */
import type { PostgresLimits, SqlDatabase, SqlValue, System } from "../../../system/mod.ts";
import type { Login } from "./login.ts";

/** The most sessions that wait for work. */
const most = 8;

/** The sessions of one login. */
interface Sessions {
  readonly idle: SqlDatabase[];
  /** All that only reads shares one session. */
  reading: Promise<SqlDatabase> | undefined;
}

/** By the doors of a process, then by login. */
const sessions = /* @__PURE__ */ new WeakMap<System, Map<string, Sessions>>();

/** What tells logins apart. A password that was changed counts when the next session is opened. */
function sessionsOf(system: System, { place, database, user, schema }: Login): Sessions {
  const all = sessions.get(system) ?? new Map<string, Sessions>();
  sessions.set(system, all);
  const key = JSON.stringify([place, database, user, schema]);
  const found = all.get(key) ?? { idle: [], reading: undefined };
  all.set(key, found);
  return found;
}

/**
 * A session for work that only reads. Closing it does nothing: others use it too.
 *
 * @throws the errors of `Databases.openPostgres`.
 */
export async function sharedSession(system: System, login: Login): Promise<SqlDatabase> {
  const found = sessionsOf(system, login);
  found.reading ??= open(system, login, 0);
  try {
    return new Lent(await found.reading, () => {});
  } catch (error) {
    found.reading = undefined;
    throw error;
  }
}

/**
 * A session for one change. Closing it keeps it for the next one.
 *
 * @param lock how long to wait for another front end, in milliseconds.
 * @throws the errors of `Databases.openPostgres`.
 */
export async function ownSession(system: System, login: Login, lock: number): Promise<SqlDatabase> {
  const { idle } = sessionsOf(system, login);
  const session = idle.pop() ?? await open(system, login, lock);
  return new Lent(session, async () => {
    if (idle.length < most) idle.push(session);
    else await session.close();
  });
}

/** Ends every session that waits for work. For tests, and for servers that end. */
export async function closeSessions(system: System): Promise<void> {
  for (const { idle, reading } of sessions.get(system)?.values() ?? []) {
    for (const session of idle.splice(0)) await session.close();
    await (await reading?.catch(() => undefined))?.close();
  }
  sessions.delete(system);
}

async function open(system: System, login: Login, lock: number): Promise<SqlDatabase> {
  const limits: PostgresLimits = { ...login.limits, lock };
  return await system.databases.openPostgres({ ...login, limits });
}

/** A session that is given back instead of closed. */
class Lent implements SqlDatabase {
  readonly #session: SqlDatabase;
  readonly #giveBack: () => Promise<void> | void;

  constructor(session: SqlDatabase, giveBack: () => Promise<void> | void) {
    this.#session = session;
    this.#giveBack = giveBack;
  }

  get name(): string {
    return this.#session.name;
  }

  query(sql: string, parameters?: readonly SqlValue[]): ReturnType<SqlDatabase["query"]> {
    return this.#session.query(sql, parameters);
  }

  runEach(sql: string, parameters: readonly (readonly SqlValue[])[]): Promise<void> {
    return this.#session.runEach(sql, parameters);
  }

  script(sql: string): Promise<void> {
    return this.#session.script(sql);
  }

  transaction<T>(access: "read" | "write", work: () => Promise<T>): Promise<T> {
    return this.#session.transaction(access, work);
  }

  async close(): Promise<void> {
    await this.#giveBack();
  }
}
