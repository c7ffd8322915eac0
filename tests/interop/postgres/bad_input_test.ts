/** What a wrong server, login, schema or database gets: a message, an exit code, and nothing is changed. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { makeDataDirectory, preparedDatabase, type SettingsChanges } from "./ca.ts";
import { certswap, makeRequest } from "./processes.ts";
import { databasePassword, type PostgresServer, postgresTests } from "./server.ts";

/** Signs with changed settings: it must fail. Nothing may be printed that is secret, and no stack. */
async function refused(
  dataDirectory: string,
  request: string,
  { exit = 1, says, hint }: {
    readonly exit?: number;
    readonly says: RegExp;
    readonly hint: RegExp;
  },
): Promise<void> {
  const run = await certswap(["ca", "sign", request], dataDirectory);
  const [first = "", ...others] = run.stderr.split("\n");
  assert.match(first, says);
  assert.match(others.join("\n"), hint);
  assert.equal(run.exit, exit, run.stderr);
  assert.equal(run.stdout, "");
  assert.doesNotMatch(run.stderr, /^ +at |internal error/m);
  assert.ok(!run.stderr.includes(databasePassword));
}

/** A CA with one certificate, and how its `ca.toml` is changed. */
async function withCa(
  server: PostgresServer,
  work: (ca: {
    readonly dataDirectory: string;
    readonly database: string;
    readonly request: string;
    /** Writes the settings anew. */
    readonly change: (changes: SettingsChanges) => void;
    /** What the database has. */
    readonly rows: () => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const database = await preparedDatabase(server);
  const dataDirectory = makeDataDirectory(server, database);
  const request = await makeRequest(server.root, "bad.csr");
  const { exit, stderr } = await certswap(
    ["ca", "init", "--subject", "CN=Root", "--store", "postgres"],
    dataDirectory,
  );
  assert.equal(exit, 0, stderr);
  const change = (changes: SettingsChanges): void => {
    const other = makeDataDirectory(server, database, changes);
    Deno.copyFileSync(join(other, "ca.toml"), join(dataDirectory, "ca.toml"));
  };
  const rows = async (): Promise<string> =>
    await server.sql(
      "SELECT (SELECT count(*) FROM certswap.certificates), (SELECT next_crl_number FROM certswap.ca)",
      database,
    );
  await work({ dataDirectory, database, request, change, rows });
}

postgresTests("bad input on PostgreSQL", {
  "a server that is not there, or not the one": async (server) => {
    await withCa(server, async ({ dataDirectory, request, change, rows }) => {
      const before = await rows();
      change({ port: 1 });
      await refused(dataDirectory, request, {
        says: /PostgreSQL at localhost:1: connection refused/,
        hint: /Start the server, or correct host and port/,
      });
      change({ host: "nowhere.invalid" });
      await refused(dataDirectory, request, { says: /unknown host/, hint: /Correct the host/ });
      change({ host: "127.0.0.1", more: "", tls: `{ ca = "${dataDirectory}/ca.crt" }` });
      await refused(dataDirectory, request, {
        says: /cannot verify the server's certificate: .*trust anchor/,
        hint: /password was not sent/,
      });
      change({ tls: '{ ca = "/nowhere.crt" }' });
      await refused(dataDirectory, request, { says: /nowhere\.crt/, hint: /^/ });
      assert.equal(await rows(), before);
    });
  },

  "a login that is refused, and a password that others can read": async (server) => {
    await withCa(server, async ({ dataDirectory, request, change }) => {
      const password = join(server.root, "password");
      Deno.writeTextFileSync(password, "wrong\n");
      await refused(dataDirectory, request, {
        says: /as 'certswap', database 'ca\d+': password authentication failed/,
        hint: /Correct the password file/,
      });
      Deno.writeTextFileSync(password, `${databasePassword}\n`);
      Deno.chmodSync(password, 0o644);
      await refused(dataDirectory, request, {
        says: /other users can read or change it \(mode 0644\)/,
        hint: /chmod 600/,
      });
      Deno.chmodSync(password, 0o600);
      change({ user: "in_plain", tls: "false" });
      await refused(dataDirectory, request, {
        says: /asks for a cleartext password over an unencrypted connection/,
        hint: /scram-sha-256/,
      });
      change({ tls: '"yes"' });
      await refused(dataDirectory, request, {
        exit: 2,
        says: /has a mistake/,
        hint: /ca\.toml:\d+:/,
      });
      Deno.writeTextFileSync(join(dataDirectory, "ca.toml"), "");
      await refused(dataDirectory, request, {
        exit: 2,
        says: /has no table \[postgres\]/,
        hint: /Add it/,
      });
    });
  },

  "a database without the schema, with another one, or of another CA": async (server) => {
    await withCa(server, async ({ dataDirectory, database, request, rows }) => {
      const before = await rows();
      const sql = (text: string): Promise<string> => server.sql(text, database);
      for (const [version, says] of [[0, /an older version/], [2, /a newer version/]] as const) {
        await sql(`UPDATE certswap.schema_version SET version = ${version}`);
        await refused(dataDirectory, request, { says, hint: /^Hint: Use that version/ });
      }
      await sql("UPDATE certswap.schema_version SET version = 1");
      await sql("ALTER TABLE certswap.certificates RENAME profile TO other");
      await refused(dataDirectory, request, {
        says: /a table or a column is missing \(column "profile" .*does not exist\)/,
        hint: /ca schema/,
      });
      await sql("ALTER TABLE certswap.certificates RENAME other TO profile");
      await sql("REVOKE INSERT ON certswap.certificates FROM certswap");
      await refused(dataDirectory, request, { says: /access was denied/, hint: /ca schema/ });
      await sql("GRANT INSERT ON certswap.certificates TO certswap");
      await sql("ALTER SCHEMA certswap RENAME TO elsewhere");
      await refused(dataDirectory, request, {
        says: /has no certswap tables/,
        hint: /ca schema/,
      });
      await sql("ALTER SCHEMA elsewhere RENAME TO certswap");
      assert.equal(await rows(), before);
      const other = makeDataDirectory(server, database);
      const init = ["ca", "init", "--subject", "CN=Other", "--store", "postgres"];
      const { exit, stderr } = await certswap(init, other);
      assert.equal(exit, 1);
      assert.match(stderr, /already contains a CA/);
      assert.deepEqual(
        [...Deno.readDirSync(other)].map(({ name }) => name).filter((name) => name !== ".certswap"),
        ["ca.toml"],
      );
      const { exit: made } = await certswap(["ca", "init", "--subject", "CN=Other"], other);
      assert.equal(made, 0);
      for (const name of ["ca.crt", "ca.key"]) {
        Deno.copyFileSync(join(other, name), join(dataDirectory, name));
      }
      await refused(dataDirectory, request, {
        says: /belongs to another CA/,
        hint: /Put the database/,
      });
      assert.equal(await rows(), before);
    });
  },

  "a statement that takes too long, and a lock that another front end holds": async (server) => {
    await withCa(server, async ({ dataDirectory, database, request, change, rows }) => {
      const before = await rows();
      change({ more: 'statement_timeout = "1s"' });
      const locked = server.sql(
        "BEGIN; LOCK TABLE certswap.certificates; SELECT pg_sleep(4); ROLLBACK",
        database,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      await refused(dataDirectory, request, {
        says: /a statement took too long/,
        hint: /statement_timeout/,
      });
      await locked;
      const key = "hashtextextended('certswap certswap', 0)";
      const held = server.sql(
        `BEGIN; SELECT pg_advisory_xact_lock(${key}); SELECT pg_sleep(5)`,
        database,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      const run = await certswap(["ca", "sign", request, "--lock-timeout", "1s"], dataDirectory);
      assert.equal(run.exit, 3, run.stderr);
      await held;
      assert.equal(await rows(), before);
    });
  },

  "a standby is read, and never changed": async (server) => {
    await withCa(server, async ({ dataDirectory, request, rows }) => {
      const before = await rows();
      await server.kill();
      server.write("standby.signal", "");
      await server.start();
      await refused(dataDirectory, request, {
        says: /is a read-only replica/,
        hint: /Set host in \[postgres\] of ca\.toml to the primary server/,
      });
      assert.equal((await certswap(["ca", "list"], dataDirectory)).exit, 0);
      assert.equal(await rows(), before);
    });
  },
});
