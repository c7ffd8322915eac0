/** CAs in the tests' PostgreSQL server. */
import { schemaText } from "../../../lib/ca/store/postgres/schema.ts";
import { closeSessions } from "../../../lib/ca/store/postgres/mod.ts";
import { join, type System } from "../../../lib/system/mod.ts";
import { testSystem } from "../../support/test_world.ts";
import { databasePassword, type PostgresServer } from "./server.ts";

/** Makes a database with the schema, and returns its name. */
export async function preparedDatabase(server: PostgresServer): Promise<string> {
  const database = await server.createDatabase();
  await server.sql(
    schemaText({ schema: "certswap", owner: "certswap_owner", user: "certswap" }),
    database,
  );
  // Repairs change what was issued: for them, a person logs in as a member of the owner.
  await server.sql("GRANT certswap_owner TO repairs");
  return database;
}

/** Writes the password of the role `certswap`, and returns the path of the file. */
export function writePasswordFile({ root }: PostgresServer): string {
  const file = join(root, "password");
  Deno.writeTextFileSync(file, `${databasePassword}\n`, { mode: 0o600 });
  return file;
}

/** What `[postgres]` says, besides the database. */
export interface SettingsChanges {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  /** `false`: without TLS, so that a proxy can read along. */
  readonly tls?: string;
  /** More lines. */
  readonly more?: string;
  /** Lines of the file before the table. */
  readonly before?: string;
}

/** Makes a data directory with a `ca.toml` that names a database. */
export function makeDataDirectory(
  server: PostgresServer,
  database: string,
  { host = "localhost", port = server.port, user = "certswap", more = "", before = "", tls }:
    SettingsChanges = {},
): string {
  const directory = Deno.makeTempDirSync({ dir: server.root, prefix: "ca-" });
  const passwordFile = writePasswordFile(server);
  Deno.writeTextFileSync(
    join(directory, "ca.toml"),
    `${before}
[postgres]
host = "${host}"
port = ${port}
database = "${database}"
user = "${user}"
password_file = "${passwordFile}"
${host.startsWith("/") ? "" : `tls = ${tls ?? `{ ca = "${server.caFile}" }`}`}
${more}
`,
    { mode: 0o600 },
  );
  return directory;
}

/** Doors of one machine: its sessions are ended after `work`. */
export async function withMachine<T>(work: (system: System) => Promise<T>): Promise<T> {
  const { clock, ...doors } = testSystem();
  // Really sleeps, so that the holder of a lock can continue.
  const sleep = (time: number): Promise<void> => new Promise((done) => setTimeout(done, time));
  const system: System = { ...doors, clock: { ...clock, sleep } };
  try {
    return await work(system);
  } finally {
    await closeSessions(system);
  }
}
