/** The door to PostgreSQL, against a real server, and against servers that only say they are one. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { readSingleCertificateFile, requireServer } from "../../../lib/x509/mod.ts";
import { testTime } from "../../support/test_world.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { tool } from "../tools.ts";
import { optionsFor, withDatabase } from "./door.ts";
import { fooledClient, forgedServer } from "./forged_server.ts";
import { postgresTests } from "./server.ts";

/** What a connection must fail with. */
async function refused(
  options: ReturnType<typeof optionsFor>,
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  await assert.rejects(withDatabase(options, () => Promise.resolve()), expected);
}

/** Whether the session uses TLS, its user, and its name. */
async function sessionOf(options: ReturnType<typeof optionsFor>): Promise<unknown> {
  return await withDatabase(options, async (database) => {
    const [row] = await database.query(
      "SELECT ssl, current_user::text AS user, application_name AS name, " +
        "current_setting('work_mem') AS memory " +
        "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE pid = pg_backend_pid()",
    );
    return { ...row };
  });
}

const usual = { ssl: 1, user: "certswap", name: "certswap", memory: "4MB" };

postgresTests("the door to PostgreSQL", {
  "logs in with TLS and a password": async (server) => {
    assert.deepEqual(await sessionOf(optionsFor(server)), usual);
    assert.deepEqual(await sessionOf(optionsFor(server, { host: "127.0.0.1" })), usual);
  },

  "logs in with a client certificate": async (server) => {
    const { certificatePem, keyPem } = await server.authority.issue({
      subject: "CN=by_certificate",
      purposes: ["1.3.6.1.5.5.7.3.2"],
    });
    const options = optionsFor(server, { user: "by_certificate", password: undefined });
    const { tls } = options;
    assert.ok(tls !== undefined);
    const identity = { certificatePem, keyPem };
    const found = await sessionOf({ ...options, tls: { ...tls, identity } });
    assert.deepEqual(found, { ...usual, user: "by_certificate" });
    await refused(options, { code: "database-login", state: "28000" });
  },

  "logs in through a socket, and without TLS, with a password that is never sent": async (
    server,
  ) => {
    const socket = { host: server.socketDirectory, tls: undefined };
    assert.deepEqual(await sessionOf(optionsFor(server, socket)), { ...usual, ssl: 0 });
    assert.deepEqual(await sessionOf(optionsFor(server, { tls: undefined })), { ...usual, ssl: 0 });
    const asked = { user: "in_plain", tls: undefined };
    await refused(optionsFor(server, asked), { code: "database-password", reason: "unprotected" });
    // Here, it is protected by TLS.
    assert.deepEqual(await sessionOf(optionsFor(server, { user: "in_plain" })), {
      ...usual,
      user: "in_plain",
    });
  },

  "no variable of the environment changes the session": async (server) => {
    const variables = {
      PGAPPNAME: "other",
      PGOPTIONS: "-c work_mem=1MB",
      PGHOST: "192.0.2.1",
      PGPORT: "1",
      PGUSER: "other",
      PGPASSWORD: "other",
      PGDATABASE: "other",
      PGBINARY: "1",
      PGSSLMODE: "disable",
      PGCONNECT_TIMEOUT: "1",
      PGREPLICATION: "true",
    };
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    try {
      assert.deepEqual(await sessionOf(optionsFor(server)), usual);
    } finally {
      for (const name of Object.keys(variables)) Deno.env.delete(name);
    }
  },

  "says why there is no connection": async (server) => {
    const connection = (reason: string) => ({ code: "database-connection", reason });
    const wrong = new TextEncoder().encode("wrong");
    await refused(optionsFor(server, { password: wrong }), {
      code: "database-login",
      state: "28P01",
    });
    const missing = { code: "database-password", reason: "missing" };
    await refused(optionsFor(server, { password: undefined }), missing);
    await refused(optionsFor(server, { password: Uint8Array.of(0xff) }), {
      code: "database-password",
      reason: "not-text",
    });
    await refused(optionsFor(server, { database: "none" }), {
      code: "database-login",
      state: "3D000",
    });
    await refused(optionsFor(server, { port: 1 }), connection("refused"));
    await refused(optionsFor(server, { host: "nowhere.invalid" }), connection("unknown-host"));
    await refused(
      optionsFor(server, { host: server.root, tls: undefined }),
      connection("no-socket"),
    );
  },

  "a server that is not the wanted one gets no password": async (server) => {
    const other = await makeAuthority({ subject: "CN=Database CA" });
    const judged = { code: "database-connection", reason: "server-certificate" };
    const before = server.log().length;
    await refused(optionsFor(server, { authority: other }), judged);
    const anchors = [
      readSingleCertificateFile(new TextEncoder().encode(server.authority.certificatePem)),
    ];
    const options = optionsFor(server, {
      tls: {
        identity: undefined,
        requireServer: (chain) =>
          requireServer(chain, { host: "other.example", anchors, at: testTime }),
      },
    });
    await refused(options, judged);
    assert.doesNotMatch(server.log().slice(before), /user=certswap/);
  },

  "a server with a forged certificate of version 1 gets no password": async (server) => {
    const { authority } = server;
    await withTemporaryDirectory(async (directory) => {
      const write = (name: string, text: string): string => {
        const path = join(directory, name);
        Deno.writeTextFileSync(path, text);
        return path;
      };
      const own = await authority.issue();
      const request = join(directory, "a.csr");
      const leaf = join(directory, "a.crt");
      await tool(
        "openssl",
        ...["req", "-new", "-key", write("a.key", own.keyPem), "-subj", "/CN=localhost"],
        ...["-out", request],
      );
      await tool(
        "openssl",
        ...["x509", "-req", "-in", request, "-CA", write("ca.crt", authority.certificatePem)],
        ...["-CAkey", write("ca.key", authority.keyPem), "-days", "3650", "-out", leaf],
      );
      const certificatePem = Deno.readTextFileSync(leaf);
      const thief = await authority.issue();
      await using forged = await forgedServer({ certificatePem, keyPem: thief.keyPem });
      // The runtime's own check believes it.
      await fooledClient(forged.port, authority.certificatePem);
      assert.equal(await forged.received(), "secret");
      await refused(optionsFor(server, { port: forged.port }), {
        code: "database-connection",
        reason: "server-certificate",
      });
      assert.equal(await forged.received(), "secret");
    });
  },

  "a server without TLS, or with words before it, gets no password": async (server) => {
    for (
      const [answer, reason] of [["N", "no-tls"], ["SX", "not-postgres"], ["E", "not-postgres"]]
    ) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const received: number[] = [];
      const served = (async () => {
        const connection = await listener.accept();
        const bytes = new Uint8Array(100);
        received.push(await connection.read(bytes) ?? 0);
        await connection.write(new TextEncoder().encode(answer));
        received.push(await connection.read(bytes).catch(() => null) ?? 0);
        connection.close();
      })();
      const { port } = listener.addr;
      await refused(optionsFor(server, { port }), { code: "database-connection", reason });
      await served;
      listener.close();
      // The request for TLS, and nothing after it.
      assert.deepEqual(received, [8, 0]);
    }
  },

  "gives up on a server that says nothing": async (server) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const limits = { connect: 100, statement: 1000, lock: 1000, idle: 1000 };
    await refused(optionsFor(server, { port: listener.addr.port, limits }), {
      code: "database-connection",
      reason: "time-limit",
    });
    (await accepted).close();
    listener.close();
  },
});
