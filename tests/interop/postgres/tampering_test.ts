/** `ca check` finds what a superuser of PostgreSQL has changed behind the back of certswap. */
import assert from "node:assert/strict";
import { check, generateCrl, init, revoke, sign } from "../../../lib/ca/mod.ts";
import { isProblem } from "../../../lib/ca/store/mod.ts";
import { day, join } from "../../../lib/system/mod.ts";
import { makeDataDirectory, preparedDatabase, withMachine } from "./ca.ts";
import { makeRequest } from "./processes.ts";
import { postgresTests } from "./server.ts";

/** Statements, by what they do. Certificate 1 is revoked, 2 is not. */
const tamperings: Readonly<Record<string, string>> = {
  "another subject": "UPDATE certificates SET subject = 'CN=x' WHERE number = 2",
  "a later end": "UPDATE certificates SET not_after = '2099-01-01T00:00:00Z' WHERE number = 2",
  "another certificate": "UPDATE certificates SET der = (SELECT der FROM certificates " +
    "WHERE number = 1) WHERE number = 2",
  "garbage instead of a certificate": "UPDATE certificates SET der = '\\x00' WHERE number = 2",
  "other names": `UPDATE certificates SET names = '["DNS:x"]' WHERE number = 2`,
  "another key": "UPDATE certificates SET key = decode(repeat('00', 32), 'hex') WHERE number = 2",
  "another profile": "UPDATE certificates SET profile = 'server' WHERE number = 2",
  "a revoked certificate made active": "UPDATE certificates SET revoked_at = NULL, " +
    "revocation_reason = NULL WHERE number = 1",
  "another reason": "UPDATE certificates SET revocation_reason = 'superseded' WHERE number = 1",
  "a certificate removed": "DELETE FROM certificates WHERE number = 2",
  "a line of the history removed": "DELETE FROM history WHERE sequence = 3",
  "a line of the history changed": "UPDATE history SET line = replace(line, 'user', 'abuser') " +
    "WHERE sequence = 3",
  "an older CRL number": "UPDATE ca SET next_crl_number = '01'",
  "garbage instead of the CRL": "UPDATE shard_crls SET crl = '\\x3000' WHERE shard = 0",
};

postgresTests("tampering in PostgreSQL", {
  "ca check finds every kind": async (server) => {
    const database = await preparedDatabase(server);
    const dataDirectory = makeDataDirectory(server, database);
    const requests = [
      await makeRequest(server.root, "one.csr"),
      await makeRequest(server.root, "two.csr"),
    ];
    const ca = { dataDirectory, lockTimeout: 60_000 };
    await withMachine(async (system) => {
      await init(system, {
        ...{ ...ca, store: "postgres", subject: "CN=Root", keyType: "ecdsa-p256" },
        ...{ validity: 3650 * day, built: undefined },
      });
      const options = { ...ca, validity: 90 * day, onBadRequest: "stop" } as const;
      const { issued: [first] } = await sign(system, { ...options, requests });
      await revoke(system, { ...ca, serial: first?.serial ?? "", reason: "keyCompromise" });
      await generateCrl(system, { ...ca, nextUpdate: 24 });
    });
    const settings = join(dataDirectory, "ca.toml");
    const written = Deno.readTextFileSync(settings);
    const problems = (): Promise<readonly string[]> =>
      withMachine(async (system) =>
        (await check(system, { dataDirectory })).findings.filter(isProblem).map(({ code }) => code)
      );
    assert.deepEqual(await problems(), []);
    for (const [index, [what, sql]] of Object.entries(tamperings).entries()) {
      const copy = `tampered_${index}`;
      await server.sql(`CREATE DATABASE ${copy} TEMPLATE ${database}`);
      // Without triggers, as only a superuser can.
      const rights = "SET session_replication_role = replica; SET search_path = certswap; ";
      await server.sql(`${rights}${sql}`, copy);
      Deno.writeTextFileSync(settings, written.replace(`"${database}"`, `"${copy}"`));
      assert.notDeepEqual(await problems(), [], what);
    }
  },
});
