/** EST over real TLS connections, on the loopback interface: how the server is judged, and what it may do. */
import assert from "node:assert/strict";
import type { EstIssuer } from "../../../../lib/device/issuer/est/mod.ts";
import { denoNetwork, present, sha256Hex } from "../../../../lib/system/mod.ts";
import { readCertificateFile } from "../../../../lib/x509/mod.ts";
import { certificatesAnswer, type EstService } from "../../../support/est_service.ts";
import { serving } from "../../../support/est_server.ts";
import { day, type RotationWorld } from "../../../support/rotation_world.ts";
import {
  type Behaviour,
  httpAnswer,
  makeServerCa,
  type ServerCa,
  type ServerPair,
  type TlsServer,
  withTlsServer,
} from "../../../support/tls_server.ts";
import { freshDevice, messagesOf, secretFile } from "./fresh_device.ts";

const ca = await makeServerCa();
const goodPair = await ca.pair("DNS:localhost,IP:127.0.0.1,IP:::1");

/** A simulated device that connects to a real server. */
async function deviceFor(
  { port }: Pick<TlsServer, "port">,
  { host = "127.0.0.1", trust = ca, timeLimit = 5000 }: {
    readonly host?: string;
    readonly trust?: ServerCa;
    readonly timeLimit?: number;
  } = {},
): Promise<{ readonly world: RotationWorld; readonly service: EstService }> {
  const changes: Partial<EstIssuer> = {
    server: { host, port },
    trust: "/server-ca.pem",
    timeLimit,
  };
  const { world, service } = await freshDevice(changes);
  world.write("/server-ca.pem", trust.trust);
  world.https = (endpoint, options) => denoNetwork.openHttps(endpoint, options);
  return { world, service };
}

/** Runs a server with a pair, and a device that asks it. */
async function withServer(
  pair: ServerPair,
  work: (
    parts: TlsServer & {
      readonly world: RotationWorld;
      readonly service: EstService;
      /** From now on, the server does what it should. */
      behaveWell(): void;
    },
  ) => Promise<void>,
  options: {
    readonly host?: string;
    readonly hostname?: string;
    readonly behave?: Behaviour;
    readonly timeLimit?: number;
  } = {},
): Promise<void> {
  let device: Awaited<ReturnType<typeof deviceFor>> | undefined;
  const usual = serving(() => {
    if (device === undefined) throw new Error("no device yet");
    return device.service;
  });
  const { hostname = "127.0.0.1", host, timeLimit } = options;
  let current = options.behave ?? usual;
  const behave: Behaviour = (socket, request) => current(socket, request);
  await withTlsServer(pair, { behave, hostname }, async (server) => {
    device = await deviceFor(server, { ...present({ host, timeLimit }) });
    await work({ ...server, ...device, behaveWell: () => current = usual });
  });
}

for (
  const [what, host, hostname] of [
    ["its IPv4 address", "127.0.0.1", "127.0.0.1"],
    ["its IPv6 address", "::1", "::1"],
    ["its name", "localhost", "127.0.0.1"],
  ] as const
) {
  Deno.test(`a device enrols and renews over TLS with a server at ${what}`, async () => {
    await withServer(goodPair, async ({ world, service }) => {
      const first = await world.rotate();
      assert.equal(first.outcome, "rotated", messagesOf(first));
      world.pass(70 * day);
      const second = await world.rotate();
      assert.equal(second.outcome, "rotated", messagesOf(second));
      const [serial] = service.issued.map(({ serialNumber }) => serialNumber);
      const renewal = service.received.find(({ operation }) => operation === "simplereenroll");
      assert.equal(renewal?.clientSerial, serial);
    }, { host, hostname });
  });
}

const otherCa = await makeServerCa("CN=Other CA");

for (
  const [what, pair, message] of [
    [
      "a certificate of version 1 and somebody's key",
      await ca.forgedVersion1(),
      /is a version 1 certificate/,
    ],
    [
      "another CA's certificate",
      await otherCa.pair("IP:127.0.0.1"),
      /does not lead to a trust anchor/,
    ],
    [
      "a certificate for another host",
      await ca.pair("DNS:other.example"),
      /does not have 127\.0\.0\.1 as an alternative name/,
    ],
    [
      "a certificate for clients",
      await ca.pair("IP:127.0.0.1", { purposes: ["1.3.6.1.5.5.7.3.2"] }),
      /does not allow|serverAuth/,
    ],
  ] as const
) {
  Deno.test(`a server with ${what} gets no byte of a request`, async () => {
    await withServer(pair, async ({ world, received, use }) => {
      const result = await world.rotate();
      assert.equal(result.outcome, "failed");
      assert.match(messagesOf(result), message);
      assert.equal(received(), "");
      assert.equal(world.read(secretFile), "secret\n");
      // The administrator corrects the server.
      use(goodPair);
      world.pass(day);
      const good = await world.rotate();
      assert.equal(good.outcome, "rotated", messagesOf(good));
    });
  });
}

Deno.test("a server whose certificate has changed to another CA gets nothing from a renewal", async () => {
  const other = await otherCa.pair("IP:127.0.0.1");
  await withServer(goodPair, async ({ world, received, use }) => {
    await world.rotate();
    const [active, sent] = [world.active, received()];
    use(other);
    world.pass(70 * day);
    const result = await world.rotate();
    assert.equal(result.outcome, "failed");
    assert.match(messagesOf(result), /does not lead to a trust anchor/);
    assert.equal(received(), sent);
    assert.deepEqual(world.active, active);
    use(goodPair);
    world.pass(day);
    assert.equal((await world.rotate()).outcome, "rotated");
  });
});

/** A megabyte of an answer without end. */
const megabyte = new Uint8Array(1024 * 1024).fill(0x41);

for (
  const [what, behave, message] of [
    [
      "100 MB with a length",
      (socket) => {
        socket.write(httpAnswer(200, { headers: { "content-length": "104857600" } }));
        flood(socket);
      },
      /the server's answer: it is larger than the limit/,
    ],
    [
      "100 MB without a length",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        flood(socket);
      },
      /the server's answer: it is larger than the limit/,
    ],
    [
      "a header without end",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        socket.write(`x: ${"a".repeat(200_000)}`);
      },
      /the server's answer: it is not HTTP|no answer in time|handshake failed/,
    ],
    [
      "no HTTP",
      (socket) => socket.write("220 mail.example ESMTP\r\n"),
      /the server's answer: it is not HTTP/,
    ],
    [
      "half an answer",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nMII");
        socket.end();
      },
      /cannot use the EST server/,
    ],
    ["nothing, and hangs up", (socket) => socket.end(), /cannot use the EST server/],
  ] as readonly (readonly [string, Behaviour, RegExp])[]
) {
  Deno.test(`a server that sends ${what} gets a message, and the next run goes on`, async () => {
    await withServer(goodPair, async ({ world, behaveWell }) => {
      const before = Deno.memoryUsage().rss;
      const result = await world.rotate();
      assert.equal(result.outcome, "failed");
      assert.match(messagesOf(result), message);
      assert.equal(world.read(secretFile), "secret\n");
      assert.ok(Deno.memoryUsage().rss - before < 80 * 1024 * 1024, "memory stays bounded");
      await requireGoingOn(world, behaveWell);
    }, { behave });
  });
}

Deno.test("a server that ends the connection instead of an answer is asked again on a new one", async () => {
  let behaveNow = (): void => {};
  const behave: Behaviour = (socket, request) => {
    if (request.startsWith("GET ")) {
      socket.write(httpAnswer(204));
      return;
    }
    behaveNow();
    socket.end();
  };
  await withServer(goodPair, async ({ world, behaveWell, received }) => {
    behaveNow = behaveWell;
    const result = await world.rotate();
    assert.equal(result.outcome, "rotated", messagesOf(result));
    assert.equal(received().match(/POST /g)?.length, 2);
  }, { behave });
});

/** The administrator corrects the server: the next run uses the secret, and gets the pair. */
async function requireGoingOn(world: RotationWorld, behaveWell: () => void): Promise<void> {
  behaveWell();
  world.pass(day);
  const good = await world.rotate();
  assert.equal(good.outcome, "rotated", messagesOf(good));
  assert.equal(world.read(secretFile), undefined);
}

/** Sends a hundred megabytes, as fast as the client takes them. */
function flood(socket: import("node:tls").TLSSocket): void {
  let left = 100;
  const more = (): void => {
    while (left-- > 0 && !socket.destroyed) {
      if (!socket.write(megabyte)) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
}

Deno.test("a server that sends a byte now and then is given up after the time limit", async () => {
  const timers: ReturnType<typeof setInterval>[] = [];
  const behave: Behaviour = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    timers.push(setInterval(() => socket.destroyed || socket.write("M"), 50));
  };
  try {
    await withServer(goodPair, async ({ world, behaveWell }) => {
      const result = await world.rotate();
      assert.equal(result.outcome, "failed");
      assert.match(messagesOf(result), /no answer in time/);
      assert.match(messagesOf(result), /increase 'time_limit'/);
      const { issuer } = world.configuration;
      assert.ok(issuer?.kind === "est");
      world.configuration = { ...world.configuration, issuer: { ...issuer, timeLimit: 60_000 } };
      await requireGoingOn(world, behaveWell);
    }, { behave, timeLimit: 500 });
  } finally {
    timers.forEach(clearInterval);
  }
});

Deno.test("a server that is not running, or does not speak TLS, gets a message", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const plain = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      connection.close();
    }
  })();
  const { world } = await deviceFor({ port });
  const spoken = await world.rotate();
  assert.match(messagesOf(spoken), /cannot use the EST server https:\/\/127\.0\.0\.1:\d+/);
  listener.close();
  await plain;
  world.pass(day);
  assert.match(messagesOf(await world.rotate()), /connection refused\nCheck 'url'/);
});

Deno.test("a pinned CA certificate is fetched at the first contact, and only that one", async () => {
  await withServer(goodPair, async ({ world, service, received }) => {
    const { issuer } = world.configuration;
    assert.ok(issuer?.kind === "est");
    const wanted = await sha256Hex(certificateOf(ca.trust).der);
    const configure = (fingerprint: string): void => {
      world.configuration = {
        ...world.configuration,
        issuer: { ...issuer, trust: "/etc/certswap/est-ca.pem", fingerprint },
      };
    };
    service.answers = (_, operation) =>
      operation === "cacerts"
        ? certificatesAnswer([
          certificateOf(service.signer.trust).der,
          certificateOf(ca.trust).der,
        ])
        : undefined;
    configure("ab".repeat(32));
    const refused = await world.rotate();
    assert.match(messagesOf(refused), /has no CA certificate with the fingerprint SHA256:AB:AB:/);
    assert.equal(world.read("/etc/certswap/est-ca.pem"), undefined);
    assert.doesNotMatch(received(), /authorization/i);
    configure(wanted);
    world.pass(day);
    const good = await world.rotate();
    assert.equal(good.outcome, "rotated", messagesOf(good));
    assert.equal(world.read("/etc/certswap/est-ca.pem"), ca.trust);
  });
});

const certificateOf = (pem: string) => readCertificateFile(new TextEncoder().encode(pem)).leaf;
