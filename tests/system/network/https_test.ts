/** HTTPS servers: client certificates as handlers see them, and a certificate that is replaced. */
import assert from "node:assert/strict";
import { connect, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { Buffer } from "node:buffer";
import {
  denoNetwork,
  type HttpHead,
  type HttpLimits,
  type HttpRefusal,
  type HttpServer,
} from "../../../lib/system/mod.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";

const limits: HttpLimits = {
  connections: 20,
  connectionsPerAddress: 20,
  headerBytes: 2048,
  handshakeTime: 400,
  headerTime: 2000,
  requestTime: 2000,
  responseTime: 2000,
  idleTime: 2000,
};

const authority = await makeAuthority();
const identityOf = ({ chainPem, keyPem }: TestPair) => ({ certificatePem: chainPem, keyPem });

interface Tested {
  readonly server: HttpServer;
  readonly heads: HttpHead[];
  readonly refusals: HttpRefusal[];
  /** Connects, with a client certificate if there is one. */
  open(client?: Pick<TestPair, "chainPem" | "keyPem">): Promise<TLSSocket>;
}

async function withServer(work: (tested: Tested) => Promise<void>): Promise<void> {
  const heads: HttpHead[] = [];
  const refusals: HttpRefusal[] = [];
  const sockets: TLSSocket[] = [];
  const server = await denoNetwork.startHttpServer({
    address: { host: "127.0.0.1", port: 0 },
    identity: identityOf(await authority.issue({ names: ["DNS:localhost"] })),
    limits,
    handler(head) {
      heads.push(head);
      return { bodyLimit: 0, answer: () => Promise.resolve({ status: 204 }) };
    },
    onRefusal: (reason) => refusals.push(reason),
    onDefect: (error) => assert.fail(String(error)),
  });
  try {
    await work({
      server,
      heads,
      refusals,
      async open(client) {
        const socket = connect({
          host: "127.0.0.1",
          port: server.address.port,
          servername: "localhost",
          ca: authority.certificatePem,
          ...(client === undefined ? {} : { cert: client.chainPem, key: client.keyPem }),
        });
        sockets.push(socket);
        await once(socket, "secureConnect");
        return socket;
      },
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.stop(100);
  }
}

/** Sends a request on a connection, and returns the status line. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [data] = await once(socket, "data") as [Buffer];
  return data.toString().split("\r\n")[0] ?? "";
}

Deno.test("a handler gets the certificates that a client has presented, its own first", async () => {
  const inter = await authority.subordinate();
  const client = await inter.issue({ subject: "CN=client" });
  await withServer(async ({ heads, open }) => {
    assert.equal(await ask(await open(client)), "HTTP/1.1 204 No Content");
    const [first] = heads[0]?.certificates ?? [];
    assert.deepEqual([...first ?? []], [...client.certificateDer]);
    await ask(await open());
    assert.deepEqual(heads[1]?.certificates, []);
  });
});

Deno.test("an expired certificate reaches the handler, which decides about it", async () => {
  const client = await authority.issue({
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2020-02-01T00:00:00Z"),
  });
  await withServer(async ({ heads, open }) => {
    await ask(await open(client));
    assert.deepEqual([...heads[0]?.certificates[0] ?? []], [...client.certificateDer]);
  });
});

Deno.test("a client that presents a certificate of version 3 without its key gets no answer", async () => {
  const [victim, thief] = [await authority.issue(), await authority.issue()];
  await withServer(async ({ heads, open }) => {
    const asked = async (): Promise<string> => {
      const socket = await open({ chainPem: victim.chainPem, keyPem: thief.keyPem });
      const ended = once(socket, "close").then(() => "closed");
      return await Promise.race([ask(socket), ended]);
    };
    // Either the client's own TLS refuses such a pair, or the server ends the connection.
    const answer = await asked().catch((error) => String(error));
    assert.doesNotMatch(answer, /^HTTP/);
    assert.equal(heads.length, 0);
  });
});

Deno.test("a certificate is replaced for new connections, and none is lost", async () => {
  const next = await authority.issue({ names: ["DNS:localhost"], subject: "CN=next" });
  await withServer(async ({ server, open }) => {
    const before = await open();
    await ask(before);
    server.replaceIdentity(identityOf(next));
    const after = await open();
    assert.equal(after.getPeerCertificate().subject.CN, "next");
    assert.equal(await ask(after), "HTTP/1.1 204 No Content");
    assert.equal(await ask(before), "HTTP/1.1 204 No Content");
  });
});

Deno.test("a pair that TLS cannot use is refused, and the old one stays", async () => {
  await withServer(async ({ server, open }) => {
    const { keyPem } = await authority.issue();
    for (const bad of ["no key", keyPem]) {
      const identity = { certificatePem: authority.certificatePem, keyPem: bad };
      assert.throws(() => server.replaceIdentity(identity), { code: "bad-server-identity" });
    }
    assert.equal(await ask(await open()), "HTTP/1.1 204 No Content");
  });
});

for (
  const [name, bytes] of Object.entries({
    "garbage": new Uint8Array(1000).fill(0x55),
    "plain HTTP": new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "half of a ClientHello": Uint8Array.of(22, 3, 1, 0, 200, 1, 0, 0),
    "nothing": new Uint8Array(),
  })
) {
  Deno.test(`a client that sends ${name} instead of TLS is cut off, and others are served`, async () => {
    await withServer(async ({ server, open, heads }) => {
      const { port } = server.address;
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      if (bytes.length > 0) await connection.write(bytes);
      assert.equal(await ask(await open()), "HTTP/1.1 204 No Content");
      const buffer = new Uint8Array(4096);
      while (await connection.read(buffer).catch(() => null) !== null);
      connection.close();
      assert.equal(heads.length, 1);
    });
  });
}
