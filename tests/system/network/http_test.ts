/** HTTP servers, and what hostile clients can do to them. */
import assert from "node:assert/strict";
import {
  denoNetwork,
  type HttpAnswer,
  type HttpHead,
  type HttpLimits,
  type HttpRefusal,
  type HttpServer,
} from "../../../lib/system/mod.ts";

const limits: HttpLimits = {
  connections: 4,
  connectionsPerAddress: 3,
  headerBytes: 2048,
  handshakeTime: 300,
  headerTime: 300,
  requestTime: 600,
  responseTime: 400,
  idleTime: 300,
};

interface Tested {
  readonly server: HttpServer;
  readonly refusals: HttpRefusal[];
  readonly heads: HttpHead[];
  /** Sends bytes on a new connection, and reads until the server closes it. */
  say(text: string | Uint8Array, options?: { readonly isHalfClosed?: boolean }): Promise<string>;
}

/** Runs `work` with a server that echoes bodies of up to 100 bytes. */
async function withServer(
  work: (tested: Tested) => Promise<void>,
  options: {
    readonly limits?: Partial<HttpLimits>;
    readonly answer?: HttpAnswer["answer"];
  } = {},
): Promise<void> {
  const refusals: HttpRefusal[] = [];
  const heads: HttpHead[] = [];
  const echo: HttpAnswer["answer"] = ({ body }) => Promise.resolve({ status: 200, body });
  const server = await denoNetwork.startHttpServer({
    address: { host: "127.0.0.1", port: 0 },
    limits: { ...limits, ...options.limits },
    handler(head) {
      heads.push(head);
      return { bodyLimit: 100, answer: options.answer ?? echo };
    },
    onRefusal: (reason) => refusals.push(reason),
    onDefect: (error) => assert.fail(String(error)),
  });
  const { port } = server.address;
  const say: Tested["say"] = async (given, { isHalfClosed } = {}) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    try {
      const bytes = typeof given === "string" ? new TextEncoder().encode(given) : given;
      await connection.write(bytes).catch(() => {});
      if (isHalfClosed) await connection.closeWrite();
      return await readAll(connection);
    } finally {
      connection.close();
    }
  };
  try {
    await work({ server, refusals, heads, say });
  } finally {
    await server.stop(100);
  }
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return text;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } catch {
    return text;
  }
}

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? answer;
const close = "Connection: close\r\n\r\n";

Deno.test("a handler gets the path as it was received, and one answer is sent", async () => {
  await withServer(async ({ say, heads }) => {
    const answer = await say(
      `POST /a//../%2e?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n${close}hi`,
    );
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 2\r\n[^]*\r\n\r\nhi$/i);
    const [head] = heads;
    assert.deepEqual([head?.path, head?.client, head?.header("x-a")], [
      "/a//../%2e",
      "127.0.0.1",
      "1, 2",
    ]);
    assert.equal(head?.header("constructor"), undefined);
  });
});

Deno.test("an answer that is sent many times has all its bytes each time, and none for HEAD", async () => {
  // Every byte, which would not survive as UTF-8; and more than fits into a text.
  for (const length of [256, 5000]) {
    const body = Uint8Array.from({ length }, (_, index) => index);
    const response = { status: 200, headers: { etag: '"a"' }, body, isRepeated: true };
    await withServer(async ({ server: { address: { port } } }) => {
      const url = `http://127.0.0.1:${port}/`;
      for (const method of ["GET", "HEAD", "GET"]) {
        const answer = await fetch(url, { method });
        assert.equal(answer.headers.get("content-length"), String(length));
        assert.equal(answer.headers.get("etag"), '"a"');
        assert.deepEqual(await answer.bytes(), method === "GET" ? body : new Uint8Array());
      }
    }, { answer: () => response });
  }
});

Deno.test("HEAD has the length of the body, and no body", async () => {
  await withServer(async ({ say }) => {
    const answer = await say(`HEAD /a HTTP/1.1\r\nHost: h\r\n${close}`);
    assert.match(answer, /content-length: 5\r\n/i);
    assert.ok(answer.endsWith("\r\n\r\n"));
  }, { answer: () => Promise.resolve({ status: 200, body: new Uint8Array(5) }) });
});

const smuggling: Readonly<Record<string, string>> = {
  "two lengths":
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
  "a length and chunks":
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "an unknown coding": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
  "a coding that is hidden":
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
  "a space before the colon": "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
  "lines without CR": "GET / HTTP/1.1\nHost: h\n\n",
  "a folded line": "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
  "a length with a sign": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nabcde",
  "a NUL": "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "a path without a slash": "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
  "TLS": "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
};

for (const [name, request] of Object.entries(smuggling)) {
  Deno.test(`a request with ${name} never reaches a handler's answer, and ends the connection`, async () => {
    let answers = 0;
    await withServer(async ({ say }) => {
      const status = statusOf(await say(request));
      assert.ok(["400", "501"].includes(status), status);
      assert.equal(answers, 0);
    }, {
      answer: () => {
        answers++;
        return Promise.resolve({ status: 200 });
      },
    });
  });
}

Deno.test("header fields that are too large get 431", async () => {
  await withServer(async ({ say, refusals }) => {
    const answer = await say(`GET / HTTP/1.1\r\nHost: h\r\nX: ${"x".repeat(5000)}\r\n\r\n`);
    assert.equal(statusOf(answer), "431");
    assert.deepEqual(refusals, ["header-too-large"]);
  });
});

for (
  const [name, request] of Object.entries({
    "its length says so": `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n`,
    "it is sent in chunks": `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `65\r\n${"x".repeat(101)}\r\n`,
  })
) {
  Deno.test(`a body that is too large gets 413 as soon as ${name}`, async () => {
    await withServer(async ({ say, refusals }) => {
      assert.equal(statusOf(await say(request)), "413");
      assert.deepEqual(refusals, ["body-too-large"]);
    });
  });
}

for (
  const [name, request] of Object.entries({
    "nothing": "",
    "a part of the header": "GET / HTTP/1.1\r\nHost: h\r\n",
    "a part of the body": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
  })
) {
  Deno.test(`a client that sends ${name} and then waits is cut off`, async () => {
    await withServer(async ({ say, refusals }) => {
      const answer = await say(request);
      assert.ok(["408", ""].includes(statusOf(answer)), answer);
      assert.ok(refusals.length === 0 || refusals[0] === "too-slow");
    });
  });
}

Deno.test("a client that never reads its answer is cut off", async () => {
  await withServer(async ({ server, refusals }) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    while (refusals.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(refusals, ["too-slow"]);
    connection.close();
  }, { answer: () => Promise.resolve({ status: 200, body: new Uint8Array(64 * 1024 * 1024) }) });
});

Deno.test("a client that goes away in the middle of a body costs nothing", async () => {
  await withServer(async ({ server, say }) => {
    for (let index = 0; index < 20; index++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
      await connection.write(
        new TextEncoder().encode("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"),
      );
      connection.close();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(statusOf(await say(`GET / HTTP/1.1\r\nHost: h\r\n${close}`)), "200");
    while (server.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

Deno.test("a client has its number of connections, and not more", async () => {
  await withServer(async ({ server, refusals, say }) => {
    const hold = (): Promise<Deno.TcpConn> =>
      Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
    const held = await Promise.all([hold(), hold(), hold()]);
    while (server.connections() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await say(`GET / HTTP/1.1\r\nHost: h\r\n${close}`), "");
    assert.deepEqual(refusals, ["connections-per-address"]);
    for (const connection of held) connection.close();
    while (server.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(statusOf(await say(`GET / HTTP/1.1\r\nHost: h\r\n${close}`)), "200");
  }, { limits: { headerTime: 5000, requestTime: 5000 } });
});

Deno.test("a server that stops ends what it has begun, and accepts nothing more", async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  await withServer(async ({ server, say }) => {
    const running = say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await begun;
    const stopped = server.stop(5000);
    await assert.rejects(() => Deno.connect({ hostname: "127.0.0.1", port: server.address.port }));
    open();
    assert.equal(statusOf(await running), "200");
    await stopped;
  }, {
    answer: async () => {
      begin();
      await gate;
      return { status: 200 };
    },
  });
});

Deno.test("a server says which address it cannot listen on, and why", async () => {
  await withServer(async ({ server }) => {
    const again = startInVain(server.address);
    await assert.rejects(again, { code: "listen", errno: "EADDRINUSE" });
  });
});

/** Starts a server that must not start. */
async function startInVain(address: HttpServer["address"]): Promise<unknown> {
  const server = await denoNetwork.startHttpServer({
    address,
    limits,
    handler: () => assert.fail(),
    onRefusal: () => {},
    onDefect: () => {},
  });
  await server.stop(0);
  return address;
}

Deno.test("a server on an address of another machine says that this machine does not have it", async () => {
  // RFC 5737: no machine has an address of these.
  for (const host of ["192.0.2.1", "2001:db8::1"]) {
    const started = startInVain({ host, port: 8080 });
    await assert.rejects(started, { code: "listen", errno: "EADDRNOTAVAIL" });
  }
});

Deno.test({
  name: "a server on an address that the process may not use is an error, and ends nothing",
  permissions: { net: ["127.0.0.1:8080"], read: true, env: true, sys: true },
  async fn() {
    for (const host of ["127.0.0.1", "::1", "0.0.0.0"]) {
      const started = startInVain({ host, port: 8081 });
      await assert.rejects(started, { code: "listen", errno: "ENOTCAPABLE" });
    }
  },
});
