import assert from "node:assert/strict";
import {
  type Banner,
  denoNetwork,
  type LookOptions,
  type Sight,
  type Stage,
  type TlsConnectionError,
} from "../../../lib/system/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import {
  alertRecord,
  bytes,
  certificateMessage,
  records,
  serverHello,
  serverHelloDone,
} from "./tls/raw_flight.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const leaf = new Uint8Array(700).fill(0x30);
const flight = records(22, bytes(serverHello(), certificateMessage(leaf), serverHelloDone));

/** What a server does with a connection. It is closed afterwards. */
type Server = (connection: Deno.Conn, number: number) => Promise<unknown>;

/** Looks at a server of our own. @returns what was seen, and how often it was connected to. */
async function lookAt(
  server: Server,
  options: Partial<LookOptions> & { readonly hostname?: string } = {},
): Promise<Sight & { readonly connections: number }> {
  const { hostname = "127.0.0.1", ...others } = options;
  const listener = Deno.listen({ hostname, port: 0 });
  let connections = 0;
  const served: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      served.push(
        server(connection, ++connections).catch(() => {}).finally(() => close(connection)),
      );
    }
  })();
  try {
    const endpoint = { host: hostname, port: listener.addr.port };
    const sight = await denoNetwork.lookAtServer(endpoint, { timeLimit: 5000, ...others });
    return { ...sight, connections };
  } finally {
    listener.close();
    await accepting;
    await Promise.all(served);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The server has closed it itself.
  }
}

/** Reads until the client is gone. */
async function drain(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer).catch(() => null) !== null);
}

/** Reads the ClientHello, or what else comes first, and answers it. */
const answering = (...answer: readonly Uint8Array[]): Server => async (connection) => {
  await connection.read(new Uint8Array(4096));
  for (const part of answer) await connection.write(part);
  await drain(connection);
};

function saw(
  sight: Sight,
  stage: Stage,
  reason: TlsConnectionError["reason"] | undefined,
): void {
  assert.deepEqual([sight.stage, sight.error?.reason], [stage, reason]);
  assert.equal(sight.certificate !== undefined, stage === "certificate");
}

Deno.test("lookAtServer() reaches no stage without a connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = { host: "127.0.0.1", port: listener.addr.port };
  listener.close();
  saw(await denoNetwork.lookAtServer(endpoint, { timeLimit: 5000 }), "nothing", "refused");
  const unknown = { host: "no-such-host.invalid", port: 443 };
  saw(await denoNetwork.lookAtServer(unknown, { timeLimit: 5000 }), "nothing", "unknown-host");
});

for (
  const [greeting, banner] of [
    ["220 mail.example ESMTP\r\n", "smtp"],
    ["* OK ready\r\n", "imap"],
    ["+OK ready\r\n", "pop3"],
    ["220 FTP server\r\n", "ftp"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "ssh"],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "http"],
    ["J\0\0\0\n8.0.36\0", "mysql"],
    ["hello\r\n", undefined],
  ] as const satisfies readonly [string, Banner | undefined][]
) {
  Deno.test(`lookAtServer() says that a server speaks ${banner ?? "anything"} instead`, async () => {
    const sight = await lookAt(async (connection) => {
      await connection.write(encode(greeting));
      await drain(connection);
    });
    saw(sight, "connected", "not-tls");
    assert.equal(sight.error?.banner, banner);
    assert.equal(sight.connections, 1);
    if (banner !== "mysql") assert.equal(sight.error?.said, greeting.trim());
  });
}

Deno.test("lookAtServer() sees the certificate of a handshake that is never completed", async () => {
  const refusing = await lookAt(answering(flight, alertRecord(40)));
  assert.deepEqual([refusing.certificate, refusing.connections], [leaf, 1]);
  const silent = await lookAt(answering(flight), { timeLimit: 1000 });
  assert.deepEqual([silent.certificate, silent.connections], [leaf, 1]);
});

Deno.test("lookAtServer() tries a hello of its own if the runtime's gets an alert", async () => {
  const sight = await lookAt((connection, number) =>
    answering(number === 1 ? alertRecord(40) : flight)(connection, number)
  );
  assert.deepEqual([sight.certificate, sight.connections], [leaf, 2]);
});

Deno.test("lookAtServer() begins with a hello of its own if a kind of key is asked for", async () => {
  const sight = await lookAt(answering(flight), { keyType: "rsa" });
  assert.deepEqual([sight.certificate, sight.connections], [leaf, 1]);
});

Deno.test("lookAtServer() names the alert that ended the handshake", async () => {
  const sight = await lookAt(answering(alertRecord(71)));
  saw(sight, "handshake", "unseen");
  assert.equal(sight.error?.alert, "insufficient_security");
  assert.equal(sight.connections, 2);
});

for (
  const [what, answer, stage, reason] of [
    ["nothing", bytes(), "connected", "handshake"],
    ["half a record", flight.subarray(0, 20), "connected", "handshake"],
    ["a hello and half a certificate", flight.subarray(0, 300), "handshake", "handshake"],
    [
      "a hello, and half a certificate in the next record",
      bytes(records(22, serverHello()), records(22, certificateMessage(leaf)).subarray(0, 90)),
      "handshake",
      "handshake",
    ],
    ["records of garbage", records(22, new Uint8Array(500).fill(0xa5)), "connected", "handshake"],
    ["bytes of garbage", new Uint8Array(500).fill(0xa5), "connected", "not-tls"],
  ] as const satisfies readonly [string, Uint8Array, Stage, TlsConnectionError["reason"]][]
) {
  Deno.test(`lookAtServer() survives a server that sends ${what}, and closes`, async () => {
    const sight = await lookAt(async (connection) => {
      await connection.read(new Uint8Array(4096));
      await connection.write(answer);
      // Not before the client has read it: unread bytes would be lost with a reset.
      await connection.closeWrite();
      await drain(connection);
    });
    saw(sight, stage, reason);
  });
}

for (
  const [what, piece] of [
    ["a byte", flight.subarray(0, 1)],
    ["a record", records(22, serverHello())],
  ] as const
) {
  Deno.test(`lookAtServer() waits to its limit for a server that sends ${what}`, async () => {
    const sight = await lookAt(answering(piece), { timeLimit: 400 });
    saw(sight, piece.length === 1 ? "connected" : "handshake", "time-limit");
    assert.equal(sight.connections, 1);
  });
}

Deno.test("lookAtServer() stops at its time limit if a server sends byte by byte for ever", async () => {
  const sight = await lookAt(async (connection) => {
    await connection.read(new Uint8Array(4096));
    for (const byte of flight) {
      await connection.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }, { timeLimit: 500 });
  assert.equal(sight.error?.reason, "time-limit");
});

Deno.test("lookAtServer() stops reading a server that floods it", async () => {
  const flood = records(22, new Uint8Array(2 ** 16));
  const sight = await lookAt(async (connection) => {
    await connection.write(records(22, serverHello()));
    for (let n = 0; n < 200; n++) await connection.write(flood);
  });
  saw(sight, "handshake", "handshake");
});

Deno.test("lookAtServer() does not start TLS if the server refuses", async () => {
  const sight = await lookAt(async (connection) => {
    await connection.write(encode("220 ready\r\n"));
    await connection.read(new Uint8Array(100));
    await connection.write(encode("250 hello\r\n"));
    await connection.read(new Uint8Array(100));
    await connection.write(encode("454 4.7.0 TLS not available\r\n"));
    await drain(connection);
  }, { startTls: "smtp" });
  saw(sight, "connected", "starttls");
  assert.equal(sight.error?.said, "454 4.7.0 TLS not available");
  assert.equal(sight.connections, 1);
});

Deno.test("lookAtServer() waits for a greeting to its time limit", async () => {
  const sight = await lookAt(drain, { startTls: "imap", timeLimit: 300 });
  saw(sight, "connected", "time-limit");
});

Deno.test("lookAtServer() works over IPv6, and sends no name for an address", async () => {
  const hellos: string[] = [];
  const overheard: Server = async (connection) => {
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer) ?? 0;
    hellos.push(new TextDecoder("latin1").decode(buffer.subarray(0, count)));
    await connection.write(alertRecord(40));
    await drain(connection);
  };
  for (const hostname of ["::1", "127.0.0.1", "localhost"]) {
    saw(await lookAt(overheard, { hostname }), "handshake", "unseen");
  }
  const named = hellos.map((hello) => /localhost|127\.0\.0\.1|::1/.exec(hello)?.[0]);
  assert.deepEqual(named, [undefined, undefined, undefined, undefined, "localhost", "localhost"]);
});

Deno.test("lookAtServer() ignores an identity that cannot be used, and quotes nothing from it", async () => {
  const secret = "not a key, but secret";
  const identity = { certificatePem: "not a certificate", keyPem: secret };
  const sight = await lookAt(answering(flight), { identity });
  assert.deepEqual(sight.certificate, leaf);
  const unseen = await lookAt(answering(alertRecord(40)), { identity });
  assert.ok(!Deno.inspect(unseen).includes(secret));
});

Deno.test("connectAsClient() cannot use a broken pair, and quotes nothing from it", async () => {
  const [one, other] = [
    await (await makeAuthority()).issue(),
    await (await makeAuthority()).issue(),
  ];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const endpoint = { host: "127.0.0.1", port: listener.addr.port };
  for (
    const [certificatePem, keyPem] of [
      [one.certificatePem, "secret, and not a key"],
      [one.certificatePem, other.keyPem],
      ["", one.keyPem],
    ] as const
  ) {
    const { verdict, error } = await denoNetwork.connectAsClient(endpoint, {
      timeLimit: 5000,
      certificatePem,
      keyPem,
    });
    assert.deepEqual([verdict, error?.reason], ["unknown", "unusable-identity"]);
    const [line = ""] = keyPem.split("\n").slice(1);
    assert.ok(!Deno.inspect(error, { depth: 9 }).includes(line || "secret"));
  }
  listener.close();
  await accepting;
});

Deno.test("connectAsClient() cannot tell if the connection is refused or the server is silent", async () => {
  const { certificatePem, keyPem } = await (await makeAuthority()).issue();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = { host: "127.0.0.1", port: listener.addr.port };
  const present = { timeLimit: 300, certificatePem, keyPem };
  const accepted = listener.accept();
  const silent = await denoNetwork.connectAsClient(endpoint, present);
  assert.deepEqual([silent.verdict, silent.stage, silent.error?.reason], [
    "unknown",
    "connected",
    "time-limit",
  ]);
  (await accepted).close();
  listener.close();
  const refused = await denoNetwork.connectAsClient(endpoint, present);
  assert.deepEqual([refused.verdict, refused.stage, refused.error?.reason], [
    "unknown",
    "nothing",
    "refused",
  ]);
});
