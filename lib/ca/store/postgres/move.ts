/** Moves a CA to and from a PostgreSQL database. */
import type { SqlDatabase, System } from "../../../system/mod.ts";
import { NoPostgresSettingsError, WrongDatabaseError } from "../../errors.ts";
import type { DataDirectory } from "../files/mod.ts";
import type { Filling, MovableKind, OldStore, RestOfStore } from "../move/mod.ts";
import {
  insertCa,
  markMoved,
  requireKeyIdentifier,
  takeBackMove,
  whileConnected,
} from "../sql/mod.ts";
import { serialsIn, SqlFilling } from "../sql/move/mod.ts";
import type { FormerCertificate, StoreReader } from "../store.ts";
import { PostgresKind } from "./postgres_kind.ts";

/** How long to wait for another front end, in milliseconds. */
const timeout = 10_000;

/** PostgreSQL, for a move. */
export const movablePostgres: MovableKind = {
  async fill(system, directory, { certificate }) {
    const keyIdentifier = requireKeyIdentifier(certificate, directory.paths.certificate);
    const kind = new PostgresKind(system, directory);
    const database = await kind.connect("write", { timeout });
    const inner = new SqlFilling(system.files, directory, { kind, database });
    return await OneTransaction.begin(database, inner, async () => {
      await requireEmpty(database);
      await insertCa(database, { keyIdentifier, nextSerial: 1n, nextCrlNumber: 1n });
    });
  },
  isMarkedFirst: true,
  async restore(system, directory, move) {
    // Without it, another machine has marked the database: the CA has moved.
    if (move === undefined) return;
    const kind = new PostgresKind(system, directory);
    await whileConnected(kind, timeout, (database) => takeBackMove(database, move.mark));
  },
  async retire(system, directory, move) {
    const kind = new PostgresKind(system, directory);
    await whileConnected(kind, timeout, (database) => markMoved(database, move));
    return [];
  },
  async openOld(system, directory) {
    try {
      return await new OldDatabase(system, directory).orNothing();
    } catch (error) {
      // The CA never was in PostgreSQL, or its settings are gone.
      if (error instanceof NoPostgresSettingsError) return undefined;
      throw error;
    }
  },
};

/** A front end cannot delete what an interrupted move has left, so its owner has to. */
async function requireEmpty(database: SqlDatabase): Promise<void> {
  const [row] = await database.query("SELECT ready FROM ca");
  if (row?.["ready"] === 0) throw new WrongDatabaseError(database.name, "unfinished");
  if (row !== undefined) throw new WrongDatabaseError(database.name, "in-use");
}

/** Fills a database in a single transaction: an interrupted move leaves nothing in it. */
class OneTransaction implements Filling {
  readonly #inner: SqlFilling;
  readonly #end: PromiseWithResolvers<void>;
  readonly #committed: Promise<void>;

  private constructor(
    inner: SqlFilling,
    end: PromiseWithResolvers<void>,
    committed: Promise<void>,
  ) {
    this.#inner = inner;
    this.#end = end;
    this.#committed = committed;
  }

  /** Begins the transaction. @param first what it does first. */
  static async begin(
    database: SqlDatabase,
    inner: SqlFilling,
    first: () => Promise<void>,
  ): Promise<OneTransaction> {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const committed = database.transaction("write", async () => {
      await first();
      begun.resolve();
      await end.promise;
    });
    committed.catch(begun.reject);
    try {
      await begun.promise;
    } catch (error) {
      await database.close();
      throw error;
    }
    return new OneTransaction(inner, end, committed);
  }

  get reader(): StoreReader {
    return this.#inner.reader;
  }

  async add(certificates: readonly FormerCertificate[]): Promise<void> {
    await this.#inner.add(certificates);
  }

  async addHistory(lines: readonly string[], first: number): Promise<void> {
    await this.#inner.addHistory(lines, first);
  }

  async complete(rest: RestOfStore): Promise<void> {
    await this.#inner.complete(rest);
  }

  async entries(): Promise<readonly []> {
    this.#end.resolve();
    await this.#committed;
    return [];
  }

  async close(): Promise<void> {
    this.#end.reject(new Error("not moved"));
    await this.#committed.catch(() => {});
    await this.#inner.close();
  }
}

/** A database that a move has kept. */
class OldDatabase implements OldStore {
  name = "postgres";
  readonly #kind: PostgresKind;

  constructor(system: System, directory: DataDirectory) {
    this.#kind = new PostgresKind(system, directory);
  }

  /** `undefined` if no move has marked it. */
  async orNothing(): Promise<OldStore | undefined> {
    return await whileConnected(this.#kind, timeout, async (database) => {
      this.name = database.name;
      const [row] = await database.query("SELECT moved_to FROM ca");
      return typeof row?.["moved_to"] === "string" ? this : undefined;
    });
  }

  async *serials(): AsyncGenerator<readonly string[]> {
    yield* serialsIn(await this.#kind.connect("read", { timeout }));
  }

  /** Only the owner of the tables may do this. @throws DatabaseError for any other user. */
  async remove(): Promise<void> {
    await whileConnected(this.#kind, timeout, async (database) => {
      await database.transaction("write", async () => {
        for (const table of tables) {
          await database.query(`DELETE FROM ${table}`);
        }
      });
    });
  }
}

/** Every table but the one of the schema's version. */
const tables = [
  "names",
  "certificates",
  "history",
  "shard_crls",
  "enrolments",
  "changes",
  "ca",
] as const;
