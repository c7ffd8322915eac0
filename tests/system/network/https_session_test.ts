/** An HTTPS server that ends the connection within or between exchanges. */
import assert from "node:assert/strict";
import { denoNetwork, type HttpsSession } from "../../../lib/system/mod.ts";
import { listenWith, makeAuthority } from "../../support/pairs.ts";

const authority = await makeAuthority();
const pair = await authority.issue({ names: ["DNS:localhost"] });

/** Has a server answer one request after the other, then end the connection. */
async function withAnswers(
  answers: readonly string[],
  work: (session: HttpsSession) => Promise<void>,
): Promise<void> {
  const listener = listenWith(pair);
  const served = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    for (const answer of answers) {
      await connection.read(buffer);
      await connection.write(new TextEncoder().encode(answer));
    }
    await connection.read(buffer);
  })();
  const session = await denoNetwork.openHttps(
    { host: "localhost", port: listener.addr.port },
    {
      anchorsPem: authority.certificatePem,
      judge: () => Promise.resolve(),
      timeLimit: 20_000,
      bodyLimit: 1000,
    },
  );
  try {
    await work(session);
    await served;
  } finally {
    session.close();
    listener.close();
  }
}

const empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const request = { method: "GET", path: "/", headers: {} } as const;

Deno.test("a connection that the server ends instead of an answer is an error, not a crash", async () => {
  await withAnswers([empty], async (session) => {
    assert.equal((await session.send(request)).status, 200);
    await assert.rejects(session.send(request), { code: "tls-connection", reason: "handshake" });
    assert.equal(session.isOpen(), false);
  });
});
