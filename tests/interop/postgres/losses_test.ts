/** What holds if connections, servers and front ends are lost in the middle of a change. */
import assert from "node:assert/strict";
import { init, sign } from "../../../lib/ca/mod.ts";
import { openStore } from "../../../lib/ca/store/open.ts";
import { day, type System } from "../../../lib/system/mod.ts";
import { requireEveryAnswerKept } from "../../processes/serve/killed.ts";
import { exchangeOnce } from "../../support/http_client.ts";
import { type ServedCa, withServedCa } from "../../support/served_ca.ts";
import { certificateIn, deviceRequest, estBytes } from "../../support/served_device.ts";
import { makeDataDirectory, preparedDatabase, withMachine } from "./ca.ts";
import { certswap, ended, makeRequest, startCertswap } from "./processes.ts";
import { losingProxy, type Loss } from "./proxy.ts";
import { type PostgresServer, postgresTests } from "./server.ts";

const lockTimeout = 60_000;

/** Makes a CA in a new database. @returns its data directory, and its database. */
async function newCa(
  server: PostgresServer,
  changes: Parameters<typeof makeDataDirectory>[2] = {},
): Promise<{ readonly dataDirectory: string; readonly database: string }> {
  const database = await preparedDatabase(server);
  const dataDirectory = makeDataDirectory(server, database, changes);
  await withMachine((system) =>
    init(system, {
      ...{ dataDirectory, lockTimeout, store: "postgres", built: undefined },
      ...{ subject: "CN=Root", keyType: "ecdsa-p256", validity: 3650 * day },
    })
  );
  return { dataDirectory, database };
}

/** Signs a request, as one process of one machine. */
async function signOne(system: System, dataDirectory: string, request: string): Promise<string> {
  const policy = { requests: [request], onBadRequest: "stop" } as const;
  const options = { dataDirectory, lockTimeout, validity: 90 * day, ...policy };
  const { issued: [leaf] } = await sign(system, options);
  assert.ok(leaf !== undefined);
  return leaf.serial;
}

/** The serial numbers in a database, and a check of the whole CA. */
async function serialsOf(system: System, dataDirectory: string): Promise<string[]> {
  const store = await openStore(system, { dataDirectory });
  return (await Array.fromAsync(store.pages())).flat().map(({ serial }) => serial);
}

/** Runs `certswap ca serve` with a CA in a new database. */
async function withServedDatabase(
  server: PostgresServer,
  work: (served: ServedCa) => Promise<void>,
): Promise<void> {
  const dataDirectory = makeDataDirectory(server, await preparedDatabase(server));
  await withServedCa(work, { dataDirectory, init: ["--store", "postgres"] });
}

postgresTests("losses on PostgreSQL", {
  "a connection that is lost at a COMMIT: the outcome is found out": async (server) => {
    using proxy = losingProxy(server.port);
    const { dataDirectory } = await newCa(server, { port: proxy.port, more: "", tls: "false" });
    const request = await makeRequest(server.root, "lost.csr");
    const known: string[] = [];
    for (const loss of ["after-commit", "before-commit", "never"] satisfies Loss[]) {
      await withMachine(async (system) => {
        const before = await serialsOf(system, dataDirectory);
        assert.deepEqual(before, known);
        proxy.loss = loss;
        if (loss === "before-commit") {
          await assert.rejects(signOne(system, dataDirectory, request), {
            code: "transaction-failed",
          });
        } else known.push(await signOne(system, dataDirectory, request));
        assert.equal(proxy.loss, "never");
        assert.deepEqual(await serialsOf(system, dataDirectory), known);
      });
    }
    assert.equal(proxy.lost, 2);
    assert.equal((await certswap(["ca", "check"], dataDirectory)).exit, 0);
  },

  "a front end that is killed leaves nothing half done, and no lock": async (server) => {
    const { dataDirectory } = await newCa(server);
    const request = await makeRequest(server.root, "killed.csr");
    // At moments from the start of the process to its end.
    for (let delay = 150; delay <= 900; delay += 150) {
      const child = startCertswap(["ca", "sign", request], dataDirectory);
      await new Promise((resolve) => setTimeout(resolve, delay));
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await ended(child);
    }
    const { exit, stderr } = await certswap(["ca", "sign", request], dataDirectory);
    assert.equal(exit, 0, stderr);
    assert.equal((await certswap(["ca", "check"], dataDirectory)).exit, 0);
  },

  "a server that is killed while it issues: every answer that was given holds": async (server) => {
    const { dataDirectory } = await newCa(server);
    const request = await makeRequest(server.root, "server.csr");
    const issued: string[] = [];
    for (let round = 0; round < 2; round++) {
      await withMachine(async (system) => {
        let isOver = false;
        const working = (async () => {
          while (!isOver) {
            try {
              issued.push(await signOne(system, dataDirectory, request));
            } catch (error) {
              const { code } = error as { readonly code?: string };
              assert.match(
                String(code),
                /^(?:transaction-failed|database-connection|database-login|database-failed)$/,
              );
              await new Promise((resolve) => setTimeout(resolve, 50));
            }
          }
        })();
        await new Promise((resolve) => setTimeout(resolve, 300 + 100 * round));
        await server.kill();
        await server.start();
        isOver = true;
        await working;
      });
    }
    assert.ok(issued.length > 0);
    await withMachine(async (system) => {
      const found = await serialsOf(system, dataDirectory);
      // What was not answered took place as a whole, or not at all: nothing is there that was refused.
      assert.deepEqual(found.toSorted(), issued.toSorted());
    });
    assert.equal((await certswap(["ca", "check"], dataDirectory)).exit, 0);
  },

  "`ca serve` that is killed under load has every certificate that it has handed out": (server) =>
    withServedDatabase(server, requireEveryAnswerKept),

  "`ca serve` answers 503 with Retry-After while its database is lost, and then goes on": (
    server,
  ) =>
    withServedDatabase(server, async (served) => {
      const tls = { caCerts: [Deno.readTextFileSync(served.authority)] };
      const [secret = ""] = await served.tokens(1);
      const request = estBytes(await deviceRequest("device.example"), secret);
      await server.kill();
      const refused = await exchangeOnce(served.addresses.est, { request, tls });
      assert.equal(refused.status, 503, refused.body);
      assert.match(refused.head, /^retry-after: [1-9]\d*\r?$/im);
      // What needs no database is still answered.
      assert.equal((await fetch(`${served.http}/ca.pem`)).status, 200);
      await server.start();
      certificateIn(await exchangeOnce(served.addresses.est, { request, tls }));
      const check = await certswap(["ca", "check"], served.dataDirectory);
      assert.equal(check.exit, 0, check.stdout + check.stderr);
    }),
});
