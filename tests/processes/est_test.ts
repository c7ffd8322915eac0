/** A device that enrols and renews with `certswap ca serve`: two real processes, and TLS between them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "../../lib/system/mod.ts";
import { readCertificateFile } from "../../lib/x509/mod.ts";
import { type DenoRun, denoRunArguments, runDeno } from "../support/run_deno.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";

const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
const decoder = new TextDecoder();

/** Runs certswap to its end. */
async function certswap(...words: readonly string[]): Promise<DenoRun> {
  return await runDeno([main, ...words]);
}

/** A port that the kernel chose. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Runs a CA's server for the time of `work`. */
async function withServer(data: string, work: () => Promise<void>): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, main, "ca", "serve", "--data-dir", data],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [log, errors] = [readAll(server.stdout), readAll(server.stderr)];
  try {
    await errors.until((text) => text.includes('"server":"est"'), () => log.text());
    await work();
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await Promise.all([log.done, errors.done]);
  }
}

/** Reads a stream to its end, and tells what has come so far. */
function readAll(stream: ReadableStream<Uint8Array>): {
  text(): string;
  readonly done: Promise<void>;
  until(isThere: (text: string) => boolean, otherwise: () => string): Promise<void>;
} {
  let text = "";
  let isEnded = false;
  let heard = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const chunk of stream) {
      text += decoder.decode(chunk);
      heard.resolve();
      heard = Promise.withResolvers<void>();
    }
    isEnded = true;
    heard.resolve();
  })();
  return {
    text: () => text,
    done,
    async until(isThere, otherwise) {
      while (!isThere(text)) {
        if (isEnded) throw new Error(`the server has ended: ${text}${otherwise()}`);
        await heard.promise;
      }
    },
  };
}

Deno.test("a device enrols with a token of 'ca serve', and renews with itself", async () => {
  await withTemporaryDirectory(async (root) => {
    const [data, tls, secret] = [join(root, "ca"), join(root, "tls"), join(root, "secret")];
    const made = await certswap("ca", "init", "--subject", "CN=Lab", "--data-dir", data);
    assert.equal(made.exit, 0, made.stderr);
    const port = freePort();
    Deno.writeTextFileSync(
      join(data, "ca.toml"),
      `[serve]\nest = "127.0.0.1:${port}"\nnames = ["127.0.0.1"]\n`,
    );
    const { der } = readCertificateFile(Deno.readFileSync(join(data, "ca.crt"))).leaf;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der)).toHex();
    await withServer(data, async () => {
      const token = await certswap(
        ...["ca", "token", "create", "--names", "DNS:device.example", "--data-dir", data],
      );
      assert.equal(token.exit, 0, token.stderr);
      Deno.writeTextFileSync(secret, token.stdout, { mode: 0o600 });
      const config = join(root, "certswap.toml");
      const enroll = [
        ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", tls, "--config", config],
        ...["--names", "DNS:device.example", "--secret-file", secret],
        ...["--trust-fingerprint", `SHA256:${digest}`],
      ];
      const first = await certswap(...enroll);
      assert.equal(first.exit, 0, first.stderr);
      const leaf = () => readCertificateFile(Deno.readFileSync(join(tls, "cert.pem"))).leaf;
      const enrolled = leaf();
      assert.throws(() => Deno.statSync(secret), Deno.errors.NotFound);
      const again = await certswap(...enroll);
      assert.match(again.stdout, /Nothing to do: pair device is enrolled/);
      const renewed = await certswap("rotate", "--force", "--config", config);
      assert.equal(renewed.exit, 0, renewed.stderr);
      assert.notEqual(leaf().serialNumber, enrolled.serialNumber);
      assert.notDeepEqual(leaf().subjectPublicKeyInfo.der, enrolled.subjectPublicKeyInfo.der);
      // A used secret is of no use on another device.
      Deno.writeTextFileSync(secret, token.stdout, { mode: 0o600 });
      const thief = await certswap(
        ...["enroll", "--est", `https://127.0.0.1:${port}`, "--dir", join(root, "other")],
        ...["--names", "DNS:device.example", "--secret-file", secret, "--config", config],
        ...["--name", "other", "--trust", join(data, "ca.crt")],
      );
      assert.equal(thief.exit, 1);
      assert.match(thief.stderr, /refused the secret with HTTP 401/);
      assert.ok(!thief.stderr.includes(token.stdout.trim()));
    });
  });
});
