/** Opens databases of the tests' server through the door. */
import { openPostgres } from "../../../lib/system/database/postgres/mod.ts";
import type { PostgresOptions } from "../../../lib/system/database/postgres_options.ts";
import type { SqlDatabase } from "../../../lib/system/database/mod.ts";
import { readAnchorFile, requireServer } from "../../../lib/x509/mod.ts";
import type { Authority } from "../../support/pairs.ts";
import { testTime } from "../../support/test_world.ts";
import { databasePassword, type PostgresServer } from "./server.ts";

/** Options that differ from the usual ones. */
interface ServerOptions extends Partial<Omit<PostgresOptions, "place">> {
  readonly host?: string;
  readonly port?: number;
  /** The trust anchor. */
  readonly authority?: Authority;
}

/** The usual options: TLS, and a password. */
export function optionsFor(
  server: PostgresServer,
  {
    host = "localhost",
    port = server.port,
    database = "postgres",
    authority = server.authority,
    ...more
  }: ServerOptions = {},
): PostgresOptions {
  const { anchors } = readAnchorFile(new TextEncoder().encode(authority.certificatePem));
  return {
    place: { host, port },
    database,
    user: "certswap",
    password: new TextEncoder().encode(databasePassword),
    tls: {
      identity: undefined,
      requireServer: (chain) => requireServer(chain, { host, anchors, at: testTime }),
    },
    schema: "certswap",
    limits: { connect: 10_000, statement: 10_000, lock: 10_000, idle: 60_000 },
    ...more,
  };
}

/** Opens a database, and closes it after `work`. */
export async function withDatabase<T>(
  options: PostgresOptions,
  work: (database: SqlDatabase) => Promise<T>,
): Promise<T> {
  const database = await openPostgres(options);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
