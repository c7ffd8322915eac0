/** `ca check` finds what a superuser of PostgreSQL has changed behind the back of certswap. */
import assert from "node:assert/strict";
import { check, generateCrl, init, revoke, sign } from "../../../lib/ca/mod.ts";
import { isProblem } from "../../../lib/ca/store/mod.ts";
import { day, join } from "../../../lib/system/mod.ts";
import { tamperings } from "../../ca/store/tampering.ts";
import { makeDataDirectory, preparedDatabase, withMachine } from "./ca.ts";
import { makeRequest } from "./processes.ts";
import { postgresTests } from "./server.ts";

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
