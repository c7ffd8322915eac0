/** Enrolment through an HTTP proxy: certswap, the server of a CA, and a proxy between them. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import type { DenoRun } from "../../support/run_deno.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { certswap, certswapBehind, freePort, withServer } from "./ca_server.ts";

/** Only the proxy knows where it is. */
const host = "ca.certswap.invalid";

const authorization = `Basic ${btoa("device:proxy-password")}`;

/** A proxy that connects its clients to one server, if they know the password (RFC 9110 9.3.6). */
async function withProxy(
  { server, port }: { readonly server: string; readonly port: number },
  work: (proxy: { readonly port: number; asked(): readonly string[] }) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serve = async (client: Deno.Conn): Promise<void> => {
    const head = await headOf(client);
    const [first = ""] = head.split("\r\n");
    asked.push(first);
    const answer = async (status: string): Promise<void> => {
      await client.write(new TextEncoder().encode(`HTTP/1.1 ${status}\r\n\r\n`));
    };
    if (!head.includes(`\r\nProxy-Authorization: ${authorization}\r\n`)) {
      await answer("407 Proxy Authentication Required");
      return client.close();
    }
    if (first !== `CONNECT ${server} HTTP/1.1`) {
      await answer("502 Bad Gateway");
      return client.close();
    }
    const upstream = await Deno.connect({ hostname: "127.0.0.1", port });
    await answer("200 Connection established");
    await Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(client.writable),
    ]);
  };
  const connections: Promise<void>[] = [];
  const served = (async () => {
    for await (const client of listener) connections.push(serve(client).catch(() => {}));
  })();
  try {
    await work({ port: (listener.addr as Deno.NetAddr).port, asked: () => asked });
  } finally {
    listener.close();
    await served;
    await Promise.all(connections);
  }
}

/** What a client has sent until the end of its header. */
async function headOf(client: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1024);
  while (!text.endsWith("\r\n\r\n")) {
    const count = await client.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

Deno.test("a device enrols through a proxy with a password, and a wrong proxy costs nothing", async () => {
  await withTemporaryDirectory(async (root) => {
    const [data, secret] = [join(root, "ca"), join(root, "secret")];
    const made = await certswap("ca", "init", "--subject", "CN=Lab", "--data-dir", data);
    assert.equal(made.exit, 0, made.stderr);
    const port = freePort();
    Deno.writeTextFileSync(
      join(data, "ca.toml"),
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["${host}"]\n`,
    );
    const token = await certswap(
      ...["ca", "token", "create", "--names", "DNS:device.example", "--data-dir", data],
    );
    Deno.writeTextFileSync(secret, token.stdout, { mode: 0o600 });
    const behind = (proxy: string | undefined): Promise<DenoRun> =>
      certswapBehind(
        proxy,
        ...["enroll", "--est", `https://${host}:${port}`, "--dir", join(root, "tls")],
        ...["--names", "DNS:device.example", "--secret-file", secret],
        ...["--trust", join(data, "ca.crt"), "--config", join(root, "certswap.toml")],
      );
    const refuses = async (proxy: string | undefined, message: RegExp): Promise<void> => {
      const { exit, stderr } = await behind(proxy);
      assert.equal(exit, 1, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /proxy-password|wrong-password/);
      assert.equal(Deno.readTextFileSync(secret), token.stdout);
    };
    await withServer(data, () =>
      withProxy({ server: `${host}:${port}`, port }, async (proxy) => {
        const at = (account: string): string => `http://${account}127.0.0.1:${proxy.port}`;
        await refuses(undefined, /Correct the host in 'url'/);
        await refuses(`http://127.0.0.1:${freePort()}`, /Check the proxy in https_proxy/);
        await refuses("socks5://device:proxy-password@127.0.0.1:1", /Correct https_proxy/);
        await refuses(at("device:wrong-password@"), /Check the proxy in https_proxy/);
        const enrolled = await behind(at("device:proxy-password@"));
        assert.equal(enrolled.exit, 0, enrolled.stderr);
        assert.throws(() => Deno.statSync(secret), Deno.errors.NotFound);
        const expected = `CONNECT ${host}:${port} HTTP/1.1`;
        assert.deepEqual(new Set(proxy.asked()), new Set([expected]));
      }));
  });
});
