/**
 * A real nginx with a pair that certswap rotates, while clients that trust only its CA connect continuously.
 */
import assert from "node:assert/strict";
import { denoProcesses, denoSystem, join } from "../../lib/system/mod.ts";
import { readSingleCertificateFile } from "../../lib/x509/mod.ts";
import { withConfiguration } from "../support/configuration.ts";
import { type Run, runCli } from "../support/test_world.ts";
import { interopTest, tool } from "./tools.ts";

/** nginx and certswap, in a directory of their own. */
interface Web {
  readonly port: number;
  /** PEM of the CA. */
  readonly authority: string;
  /** Serial number of the active certificate. */
  active(): string;
  rotate(...words: string[]): Promise<Run>;
  /** Replaces a text in the configuration. */
  configure(from: string, to: string): void;
}

const certswapToml = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=localhost"
names = ["DNS:localhost"]
key_algorithm = "ecdsa-p256"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["nginx", "-c", "$ROOT/nginx.conf", "-s", "reload"] }
probe = { url = "tls://127.0.0.1:$PORT", server_name = "localhost", deadline = "10s" }
`;

/**
 * RSA keys of 2048 bits are below its security level: nginx refuses a pair
 * that certswap has no objection to.
 */
const nginxConf = `daemon on;
worker_processes 2;
pid $ROOT/nginx.pid;
error_log $ROOT/error.log;
events { worker_connections 256; }
http {
  access_log off;
  server {
    listen 127.0.0.1:$PORT ssl;
    ssl_certificate $ROOT/tls/cert.pem;
    ssl_certificate_key $ROOT/tls/key.pem;
    ssl_ciphers DEFAULT@SECLEVEL=3;
    location / { return 204; }
  }
}
`;

async function withWeb(work: (web: Web) => Promise<void>): Promise<void> {
  const port = freePort();
  const texts = { "certswap.toml": certswapToml, "nginx.conf": nginxConf };
  const filled = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, text.replaceAll("$PORT", `${port}`)]),
  );
  await withConfiguration(filled, async ({ root, path }) => {
    const system = {
      ...denoSystem,
      processes: { ...denoProcesses, onTermination: () => () => {} },
    };
    const certswap = (words: readonly string[]): Promise<Run> => runCli(words, { system });
    await certswap(["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"]);
    const web: Web = {
      port,
      authority: Deno.readTextFileSync(join(root, "ca/ca.crt")),
      active: () =>
        readSingleCertificateFile(Deno.readFileSync(join(root, "tls/cert.pem"))).serialNumber,
      rotate: (...words) => certswap(["rotate", "--config", path, ...words]),
      configure: (from, to) =>
        Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(from, to)),
    };
    // nginx does not start without a pair. The hook finds no nginx to reload, and stays pending.
    const first = await web.rotate();
    assert.equal(first.exit, 5, first.stderr);
    await tool("nginx", "-c", join(root, "nginx.conf"));
    try {
      const paid = await web.rotate();
      assert.equal(paid.exit, 0, paid.stderr);
      await work(web);
    } finally {
      await tool("nginx", "-c", join(root, "nginx.conf"), "-s", "stop");
      await until(() => !exists(join(root, "nginx.pid")));
    }
  });
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** One handshake that verifies the CA and the name, and one answer. */
async function request({ port, authority }: Web): Promise<void> {
  const plain = await Deno.connect({ hostname: "127.0.0.1", port });
  const connection = await Deno.startTls(plain, { hostname: "localhost", caCerts: [authority] });
  try {
    await connection.handshake();
    await connection.write(
      new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    );
    const buffer = new Uint8Array(64);
    const count = await connection.read(buffer) ?? 0;
    assert.match(new TextDecoder().decode(buffer.subarray(0, count)), /^HTTP\/1\.1 204 /);
  } finally {
    connection.close();
  }
}

/**
 * Connects continuously, four clients at a time, while `work` runs.
 * @returns how many requests were answered.
 */
async function underConnections(web: Web, work: () => Promise<void>): Promise<number> {
  let isDone = false;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (!isDone) {
      await request(web);
      answered++;
    }
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  try {
    await Promise.race([work(), clients]);
  } finally {
    isDone = true;
  }
  await clients;
  return answered;
}

interopTest("during a hundred rotations of nginx's pair no handshake fails", {
  tools: ["nginx"],
  run: () =>
    withWeb(async (web) => {
      const serials = new Set<string>();
      const answered = await underConnections(web, async () => {
        for (let rotation = 0; rotation < 100; rotation++) {
          const { exit, stderr } = await web.rotate("--force");
          assert.equal(exit, 0, stderr);
          serials.add(web.active());
        }
      });
      assert.equal(serials.size, 100);
      assert.ok(answered > 500, `only ${answered} requests`);
      console.log(`100 rotations, ${answered} requests, none failed`);
    }),
});

interopTest("a pair that nginx refuses is rolled back, and nginx still serves the previous one", {
  tools: ["nginx"],
  run: () =>
    withWeb(async (web) => {
      const before = web.active();
      web.configure('key_algorithm = "ecdsa-p256"', 'key_algorithm = "rsa-2048"');
      web.configure('deadline = "10s"', 'deadline = "1s"');
      const answered = await underConnections(web, async () => {
        const refused = await web.rotate("--force");
        assert.equal(refused.exit, 1, refused.stderr);
        assert.match(refused.stderr, /rolled back to the previous pair/);
        assert.match(refused.stderr, /ee key too small|SSL_CTX_use_certificate/);
        assert.equal(web.active(), before);
        web.configure('key_algorithm = "rsa-2048"', 'key_algorithm = "ecdsa-p256"');
        const taken = await web.rotate("--force");
        assert.equal(taken.exit, 0, taken.stderr);
        assert.notEqual(web.active(), before);
      });
      assert.ok(answered > 20, `only ${answered} requests`);
    }),
});
