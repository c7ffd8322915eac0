/** The stores of a CA, as tests use them. */
import { DatabaseSync } from "node:sqlite";
import { closeSessions } from "../../lib/ca/store/postgres/mod.ts";
import { schemaText } from "../../lib/ca/store/postgres/schema.ts";
import {
  denoDatabases,
  denoFileSystem,
  join,
  statIfPresent,
  type System,
} from "../../lib/system/mod.ts";
import { testSystem } from "./test_world.ts";

/** What tests change in a {@linkcode System}. */
export type SystemOverrides = NonNullable<Parameters<typeof testSystem>[0]>;

/** The kinds of stores. */
export type StoreName = "directory" | "sqlite" | "postgres";

/** The store of one CA under test. */
export interface TestStore {
  readonly name: StoreName;
  /** `ca.toml` with these settings, and with what this store needs. Serial numbers are sequential. */
  settings(text: string): string;
  /** The doors of the machine that uses it. Sessions with a server are kept until the test ends. */
  system(overrides: SystemOverrides): System;
  /** Makes what must be there before `ca init`. */
  prepare(): Promise<void>;
  /** How commands name a certificate in it. */
  placeOf(dataDirectory: string, serial: string): string;
  /** Everything that its database holds; empty if it has none. */
  rows(dataDirectory: string): string[];
  /** A store of the same kind, for another CA of the same test. */
  another(): TestStore;
}

/** Plain files, or SQLite: whichever the data directory has. */
class LocalStore implements TestStore {
  readonly name: "directory" | "sqlite";

  constructor(name: "directory" | "sqlite") {
    this.name = name;
  }

  settings(text: string): string {
    return this.name === "directory" ? text : sequential(text);
  }

  system(overrides: SystemOverrides): System {
    return testSystem(overrides);
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  placeOf(dataDirectory: string, serial: string): string {
    const database = join(dataDirectory, "ca.db");
    const isInDatabase = statIfPresent(denoFileSystem, database) !== undefined;
    return isInDatabase ? `${database}#${serial}` : join(dataDirectory, `certs/${serial}.pem`);
  }

  rows(dataDirectory: string): string[] {
    const path = join(dataDirectory, "ca.db");
    // The data directory of a test may be a file, too.
    const isDirectory = statIfPresent(denoFileSystem, dataDirectory)?.kind === "directory";
    const isDatabase = isDirectory && statIfPresent(denoFileSystem, path) !== undefined &&
      Deno.readTextFileSync(path).startsWith("SQLite format 3");
    return isDatabase ? rowsIn(path) : [];
  }

  another(): TestStore {
    return this;
  }
}

/** How to reach the server of {@linkcode PostgresStore}. */
export interface PostgresAddress {
  readonly port: number;
  /** The file with the password of the role `certswap`. */
  readonly passwordFile: string;
  /** The database. Each CA gets a schema of its own in it. */
  readonly database: string;
  /** The program psql. */
  readonly psql: string;
}

/** The variable that names the server, in JSON. If it is set, tests on each store run on PostgreSQL only. */
export const postgresVariable = "CERTSWAP_TEST_POSTGRES";

function postgresAddress(): PostgresAddress | undefined {
  const address = Deno.env.get(postgresVariable);
  return address === undefined ? undefined : JSON.parse(address);
}

/** A schema in the server of {@linkcode postgresVariable}. */
class PostgresStore implements TestStore {
  readonly name = "postgres";
  readonly #server: PostgresAddress;
  readonly #schema = `ca_${crypto.randomUUID().replaceAll("-", "")}`;
  /** That of all CAs of the test. */
  readonly #machine: System;
  #made: Promise<void> | undefined;

  constructor(server: PostgresAddress, machine: System) {
    this.#server = server;
    this.#machine = machine;
  }

  settings(text: string): string {
    const { port, passwordFile, database } = this.#server;
    return `${sequential(text)}
[postgres]
host = "127.0.0.1"
port = ${port}
database = "${database}"
schema = "${this.#schema}"
user = "certswap"
password_file = "${passwordFile}"
tls = false
`;
  }

  system(overrides: SystemOverrides): System {
    return Object.assign(this.#machine, testSystem(overrides));
  }

  prepare(): Promise<void> {
    return this.#made ??= makeSchema(this.#server, this.#schema);
  }

  placeOf(dataDirectory: string, serial: string): string {
    return join(dataDirectory, `postgres#${serial}`);
  }

  rows(): string[] {
    const { psql, port, database } = this.#server;
    const table = `'SELECT * FROM ${this.#schema}.' || table_name || ' ORDER BY 1'`;
    const { success, stdout, stderr } = new Deno.Command(psql, {
      args: [
        ...["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c"],
        `SELECT table_name, query_to_xml(${table}, true, true, '') FROM information_schema.tables ` +
        `WHERE table_schema = '${this.#schema}' AND table_name <> 'schema_version' ORDER BY table_name`,
        `host=127.0.0.1 port=${port} user=postgres dbname=${database} sslmode=disable`,
      ],
      stdin: "null",
    }).outputSync();
    const decoder = new TextDecoder();
    if (!success) throw new Error(decoder.decode(stderr));
    // A table without rows has only its name in a line.
    return decoder.decode(stdout).split("\n").filter((line) => !/^(?:\w+\|)?$/.test(line));
  }

  another(): TestStore {
    return new PostgresStore(this.#server, this.#machine);
  }
}

/** Makes the tables of a CA, as the superuser. */
async function makeSchema(
  { port, database: name }: PostgresAddress,
  schema: string,
): Promise<void> {
  const database = await denoDatabases.openPostgres({
    place: { host: "127.0.0.1", port },
    database: name,
    user: "postgres",
    schema: "public",
    password: undefined,
    tls: undefined,
    limits: { connect: 60_000, statement: 60_000, idle: 60_000, lock: 60_000 },
  });
  try {
    await database.script(schemaText({ schema, owner: "certswap_owner", user: "certswap" }));
  } finally {
    await database.close();
  }
}

/** The stores on which tests run: those that need no server, or PostgreSQL. */
export const storesUnderTest: readonly StoreName[] = postgresAddress() === undefined
  ? ["directory", "sqlite"]
  : ["postgres"];

/** The directory. */
export const directoryStore: TestStore = new LocalStore("directory");

/** Runs `work` with a store of this kind. */
export async function withTestStore(
  name: StoreName,
  work: (store: TestStore) => Promise<void>,
): Promise<void> {
  if (name !== "postgres") return await work(new LocalStore(name));
  const server = postgresAddress();
  if (server === undefined) throw new Error(`${postgresVariable} is not set`);
  // All commands of a test share sessions: a login takes longer than most of them.
  const machine = testSystem();
  const store = new PostgresStore(server, machine);
  try {
    await store.prepare();
    await work(store);
  } finally {
    await closeSessions(machine);
  }
}

function sequential(text: string): string {
  if (/^serial = /m.test(text)) return text;
  // In the first line if it is empty, so that the others keep their numbers in messages.
  return `serial = "sequential"${text.startsWith("\n") ? "" : "\n"}${text}`;
}

/** Everything that can be read from a database, in JSON: where a row is in the file does not matter. */
function rowsIn(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string): unknown[] => database.prepare(sql).all();
    const schema = all("SELECT name, sql FROM sqlite_schema ORDER BY name");
    const tables = all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    return [
      JSON.stringify([all("PRAGMA application_id"), all("PRAGMA user_version"), schema]),
      ...(tables as { name: string }[]).map(({ name }) =>
        JSON.stringify([name, all(`SELECT * FROM "${name}"`)])
      ),
    ];
  } finally {
    database.close();
  }
}
