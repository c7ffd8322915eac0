import assert from "node:assert/strict";
import { denoNetwork, TlsConnectionError } from "../../../lib/system/mod.ts";
import { listenWith, makeAuthority, type TestPair } from "../../support/pairs.ts";

/** A TLS server on the loopback interface with this pair. */
async function serving(
  pair: TestPair,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const listener = listenWith(pair);
  const accepting = accept(listener, (connection) => connection.handshake());
  try {
    await work(listener.addr.port);
  } finally {
    listener.close();
    await accepting;
  }
}

async function accept<C extends Deno.Conn>(
  listener: AsyncIterable<C>,
  greet: (connection: C) => Promise<unknown>,
): Promise<void> {
  for await (const connection of listener) {
    await greet(connection).catch(() => {});
    connection.close();
  }
}

async function fails(
  endpoint: { host: string; port: number },
  reason: TlsConnectionError["reason"],
  timeLimit = 5000,
): Promise<void> {
  const { certificate, error } = await denoNetwork.lookAtServer(endpoint, { timeLimit });
  assert.equal(certificate, undefined);
  assert.ok(error instanceof TlsConnectionError, String(error));
  assert.equal(error.reason, reason);
  assert.equal(error.port, endpoint.port);
}

const timeLimit = 5000;

Deno.test("lookAtServer() returns the DER of an untrusted leaf", async () => {
  const intermediate = await (await makeAuthority()).subordinate();
  const pair = await intermediate.issue({ notAfter: new Date("2040-01-01T00:00:00Z") });
  await serving(pair, async (port) => {
    const endpoint = { host: "127.0.0.1", port, serverName: "device.example" };
    const { certificate } = await denoNetwork.lookAtServer(endpoint, { timeLimit });
    assert.deepEqual(certificate, pair.certificateDer);
  });
});

Deno.test("lookAtServer() returns a leaf that has expired or has another name", async () => {
  const pair = await (await makeAuthority()).issue({
    names: ["DNS:other.example"],
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2021-01-01T00:00:00Z"),
  });
  await serving(pair, async (port) => {
    const named = { host: "localhost", port, serverName: "device.example" };
    for (const endpoint of [named, { host: "127.0.0.1", port }]) {
      const { certificate } = await denoNetwork.lookAtServer(endpoint, { timeLimit });
      assert.deepEqual(certificate, pair.certificateDer);
    }
  });
});

for (const key of ["ec-p384", "ed25519", "rsa-2048"] as const) {
  Deno.test(`lookAtServer() works with a key of the kind ${key}`, async () => {
    const pair = await (await makeAuthority()).issue({ key });
    await serving(pair, async (port) => {
      const { certificate } = await denoNetwork.lookAtServer({ host: "127.0.0.1", port }, {
        timeLimit,
      });
      assert.deepEqual(certificate, pair.certificateDer);
    });
  });
}

Deno.test("lookAtServer() reports a refused connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await fails({ host: "127.0.0.1", port }, "refused");
});

Deno.test("lookAtServer() reports an unknown host", async () => {
  await fails({ host: "no-such-host.invalid", port: 443 }, "unknown-host");
});

for (
  const [what, greeting, reason] of [
    ["speaks another protocol", "220 mail.example ESMTP\r\n", "not-tls"],
    ["hangs up", "", "handshake"],
  ] as const
) {
  Deno.test(`lookAtServer() says that there is no handshake with a server that ${what}`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = accept(
      listener,
      (connection) => connection.write(new TextEncoder().encode(greeting)),
    );
    await fails({ host: "127.0.0.1", port: listener.addr.port }, reason);
    listener.close();
    await accepting;
  });
}

Deno.test("lookAtServer() gives up at the time limit if the server is silent", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  await fails({ host: "127.0.0.1", port: listener.addr.port }, "time-limit", 300);
  (await accepted).close();
  listener.close();
});
