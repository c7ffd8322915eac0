/** A rollover between two CAs in PostgreSQL: each has a database, or a schema, of its own. */
import assert from "node:assert/strict";
import { schemaText } from "../../../lib/ca/store/postgres/schema.ts";
import { makeDataDirectory, preparedDatabase } from "./ca.ts";
import { certswap, makeRequest } from "./processes.ts";
import { type PostgresServer, postgresTests } from "./server.ts";

async function done(dataDirectory: string, ...words: readonly string[]): Promise<string> {
  const { exit, stdout, stderr } = await certswap(["ca", ...words], dataDirectory);
  assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** A database with a second schema, for the next CA. */
async function twoSchemas(server: PostgresServer): Promise<string> {
  const database = await preparedDatabase(server);
  const roles = { owner: "certswap_owner", user: "certswap" };
  await server.sql(schemaText({ schema: "certswap_g2", ...roles }), database);
  return database;
}

postgresTests("a rollover on PostgreSQL", {
  "a CA is replaced by one in another schema of the same database": async (server) => {
    const database = await twoSchemas(server);
    const old = makeDataDirectory(server, database);
    await done(old, "init", "--subject", "CN=Root", "--store", "postgres");
    await done(old, "token", "create");
    const next = makeDataDirectory(server, database);
    const words = ["rollover", "start", "--next", next, "--subject", "CN=Root G2"];
    const { exit, stderr } = await certswap(["ca", ...words], old);
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /would use the same database: database ca\d+, schema certswap on localhost/,
    );
    assert.match(stderr, /^Hint: Name another database or schema in \[postgres\] of /m);
    assert.deepEqual([...Deno.readDirSync(next)].map(({ name }) => name), ["ca.toml"]);

    const settings = Deno.readTextFileSync(`${next}/ca.toml`);
    Deno.writeTextFileSync(`${next}/ca.toml`, `${settings}schema = "certswap_g2"\n`);
    await done(old, ...words);
    await done(old, "rollover", "switch");
    const request = await makeRequest(server.root, "rollover.csr");
    assert.match(await done(old, "sign", request, "--json"), new RegExp(`"signedBy": ?"${next}"`));
    assert.equal(JSON.parse(await done(next, "token", "list", "--json")).tokens.length, 1);
    await done(old, "rollover", "switch", "--back");
    await done(old, "rollover", "switch");
    await done(old, "rollover", "finish");
    for (const directory of [old, next]) assert.match(await done(directory, "check"), /OK/);
  },
});
