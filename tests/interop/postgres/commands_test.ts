/** The commands of a CA in PostgreSQL, in processes with the permissions of the product. */
import assert from "node:assert/strict";
import { revocationColumns } from "../../../lib/ca/store/sql/rows.ts";
import { join } from "../../../lib/system/mod.ts";
import { makeDataDirectory, preparedDatabase } from "./ca.ts";
import { certswap, makeRequest } from "./processes.ts";
import { databasePassword, postgresTests } from "./server.ts";

postgresTests("commands on PostgreSQL", {
  "every command works, over TLS and over a socket": async (server) => {
    for (const host of ["localhost", server.socketDirectory]) {
      const dataDirectory = makeDataDirectory(server, await preparedDatabase(server), { host });
      const request = await makeRequest(server.root, "device.csr");
      const done = async (...words: string[]): Promise<string> => {
        const { exit, stdout, stderr } = await certswap(["ca", ...words], dataDirectory);
        assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
        assert.ok(!`${stdout}${stderr}`.includes(databasePassword));
        return stdout;
      };
      await done("init", "--subject", "CN=My Root CA", "--store", "postgres");
      const issued = await done("sign", request);
      const serial = /Serial: +(\S+)/.exec(issued)?.[1] ?? "";
      assert.match(serial, /^[0-9a-f]{20,32}$/);
      assert.match(await done("show", serial), /example\.com/);
      if (host !== "localhost") {
        assert.match(await done("list"), new RegExp(`${serial} +active`));
        continue;
      }
      await done("revoke", serial, "--reason", "keyCompromise");
      assert.match(await done("crl"), /CRL Number: +1\n[^]*certificates: 1/);
      assert.match(await done("list"), new RegExp(`${serial} +revoked`));
      assert.match(await done("check"), /OK/);
      await done("crl", "--if-due");
      await done("recover");
      assert.match(await done("config", "check"), /PostgreSQL: +ca\d+/);
    }
  },

  "what a CRL needs is read from an index alone": async (server) => {
    const plan = await server.sql(
      "SET search_path = certswap; SET enable_seqscan = off; SET enable_sort = off; " +
        `EXPLAIN SELECT ${revocationColumns} FROM certificates ` +
        "WHERE number > 1 AND revoked_at IS NOT NULL ORDER BY number LIMIT 1000",
      await preparedDatabase(server),
    );
    assert.match(plan, /Index Only Scan using certificates_revoked/);
  },

  "the front end may not delete or rewrite what was issued": async (server) => {
    const database = await preparedDatabase(server);
    const dataDirectory = makeDataDirectory(server, database);
    const request = await makeRequest(server.root, "rights.csr");
    for (
      const words of [["init", "--subject", "CN=Root", "--store", "postgres"], ["sign", request]]
    ) assert.equal((await certswap(["ca", ...words], dataDirectory)).exit, 0);
    const asFrontEnd = (sql: string): Promise<string> =>
      server.sql(`SET ROLE certswap; SET search_path = certswap; ${sql}`, database);
    for (
      const sql of [
        "DELETE FROM certificates",
        "UPDATE certificates SET der = 'x'",
        "UPDATE certificates SET serial = serial",
        "UPDATE certificates SET subject = 'CN=other'",
        "UPDATE certificates SET not_after = not_after",
        "TRUNCATE certificates CASCADE",
        "DELETE FROM names",
        "DELETE FROM ca",
        "DELETE FROM history",
        "UPDATE history SET line = ''",
        "UPDATE schema_version SET version = 2",
        "CREATE TABLE more (a integer)",
        "DROP TABLE names",
      ]
    ) await assert.rejects(asFrontEnd(sql), /permission denied|must be owner/, sql);
    await asFrontEnd("UPDATE certificates SET revoked_at = 'a', revocation_reason = 'b'");
    for (
      const sql of [
        "UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL",
        "UPDATE certificates SET revocation_reason = 'c'",
      ]
    ) await assert.rejects(asFrontEnd(sql), /a revocation is final/, sql);
    await assert.rejects(
      asFrontEnd("UPDATE ca SET key_identifier = 'x'"),
      /CA of a database cannot be replaced/,
    );
    await assert.rejects(
      asFrontEnd("UPDATE ca SET next_serial = '1'"),
      /counter cannot be lowered/,
    );
  },

  "a CA moves to PostgreSQL and back, with every byte of its certificates": async (server) => {
    const dataDirectory = makeDataDirectory(server, await preparedDatabase(server), {
      before: 'serial = "sequential"',
    });
    const request = await makeRequest(server.root, "moved.csr");
    const done = async (...words: string[]): Promise<string> => {
      const { exit, stdout, stderr } = await certswap(["ca", ...words], dataDirectory);
      assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
      return stdout;
    };
    await done("init", "--subject", "CN=My Root CA");
    for (let count = 0; count < 3; count++) await done("sign", request);
    await done("revoke", "03");
    await done("crl");
    const pem = Deno.readTextFileSync(join(dataDirectory, "certs/02.pem"));
    const crl = Deno.readTextFileSync(join(dataDirectory, "ca.crl"));
    await done("migrate", "--to", "postgres");
    assert.match(await done("check"), /OK/);
    assert.match(await done("list"), /03 +revoked/);
    // Serial numbers go on beyond those of the old store.
    assert.match(await done("sign", request), /Serial: +05/);
    await done("migrate", "--remove-old");
    await done("migrate", "--to", "directory");
    assert.equal(Deno.readTextFileSync(join(dataDirectory, "certs/02.pem")), pem);
    assert.equal(Deno.readTextFileSync(join(dataDirectory, "ca.crl")), crl);
    assert.match(await done("check"), /OK/);
    assert.match(await done("sign", request), /Serial: +06/);
    const again = await certswap(["ca", "migrate", "--to", "postgres"], dataDirectory);
    assert.equal(again.exit, 1);
    assert.match(again.stderr, /already contains a CA/);
  },
});
