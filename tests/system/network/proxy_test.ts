import assert from "node:assert/strict";
import { connectThrough, proxyFor } from "../../../lib/system/network/https/proxy.ts";

const endpoint = { host: "ca.example", port: 8443 };
const environment = (variables: Readonly<Record<string, string>>) => (name: string) =>
  variables[name];

for (
  const [what, variables, expected] of [
    ["no variable", {}, undefined],
    ["an empty one", { https_proxy: "" }, undefined],
    [
      "a URL",
      { https_proxy: "http://proxy.example:3128" },
      { host: "proxy.example", port: 3128, authorization: undefined },
    ],
    [
      "a host without scheme",
      { https_proxy: "proxy.example:3128/" },
      { host: "proxy.example", port: 3128, authorization: undefined },
    ],
    [
      "a URL with a password",
      { https_proxy: "http://u:p%40ss@[::1]" },
      { host: "::1", port: 80, authorization: `Basic ${btoa("u:p@ss")}` },
    ],
    ["an exempt host", { https_proxy: "http://p", no_proxy: "other, CA.example" }, undefined],
    ["an exempt domain", { https_proxy: "http://p", no_proxy: ".example" }, undefined],
    ["everything exempt", { https_proxy: "http://p", no_proxy: "*" }, undefined],
    [
      "another domain exempt",
      { https_proxy: "http://p", no_proxy: "a.example,xample" },
      { host: "p", port: 80, authorization: undefined },
    ],
  ] as const
) {
  Deno.test(`proxyFor() with ${what}`, () => {
    assert.deepEqual(proxyFor(endpoint, environment(variables)), expected);
  });
}

for (const text of ["https://p", "socks5://p", "http://", "http://u:%zz@p"]) {
  Deno.test(`proxyFor() refuses ${text} without showing it`, () => {
    assert.throws(
      () => proxyFor(endpoint, environment({ https_proxy: text })),
      { code: "tls-connection", reason: "proxy-variable" },
    );
  });
}

/** A proxy that answers in this way. */
async function withProxy(
  answer: string,
  work: (proxy: { readonly host: string; readonly port: number }) => Promise<void>,
): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let asked = "";
  const served = (async () => {
    const connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    asked = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
    await connection.write(new TextEncoder().encode(answer));
    // Until the client ends it.
    while (await connection.read(buffer).catch(() => null) !== null);
    connection.close();
  })();
  const { port } = listener.addr as Deno.NetAddr;
  await work({ host: "127.0.0.1", port });
  await served;
  listener.close();
  return asked;
}

Deno.test("connectThrough() asks for the server, with the proxy's password", async () => {
  const { signal } = new AbortController();
  const asked = await withProxy("HTTP/1.1 200 Connection established\r\n\r\n", async (address) => {
    const proxy = { ...address, authorization: "Basic eA==" };
    (await connectThrough(proxy, endpoint, signal)).close();
  });
  assert.equal(
    asked,
    "CONNECT ca.example:8443 HTTP/1.1\r\nHost: ca.example:8443\r\nProxy-Authorization: Basic eA==\r\n\r\n",
  );
});

for (
  const answer of [
    "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    "SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n",
  ]
) {
  Deno.test(`connectThrough() refuses the answer ${JSON.stringify(answer)}`, async () => {
    const { signal } = new AbortController();
    await withProxy(answer, async (address) => {
      await assert.rejects(
        connectThrough({ ...address, authorization: undefined }, endpoint, signal),
        { code: "tls-connection", reason: "proxy" },
      );
    });
  });
}

Deno.test("connectThrough() does not blame the server for a proxy that is not running", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { signal } = new AbortController();
  await assert.rejects(
    connectThrough({ host: "127.0.0.1", port, authorization: undefined }, endpoint, signal),
    { code: "tls-connection", reason: "proxy-unreachable", host: endpoint.host },
  );
});
