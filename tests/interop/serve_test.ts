/** `ca serve` as a real process, with curl, strongSwan and nginx. */
import assert from "node:assert/strict";
import { join, minute } from "../../lib/system/mod.ts";
import { freePorts, withServedCa } from "../support/served_ca.ts";
import { interopTest, tool, tryTool } from "./tools.ts";

/** Makes a key and a request with OpenSSL. */
async function requestOf(root: string, name: string): Promise<{ key: string; csr: string }> {
  const [key, csr] = [join(root, `${name}.key`), join(root, `${name}.csr`)];
  await tool(
    "openssl",
    ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", key, "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`],
    ...["-out", csr],
  );
  return { key, csr };
}

/** The certificate in an answer, as PEM, by OpenSSL. */
async function toPem(root: string, answer: string): Promise<string> {
  const [from, to] = [join(root, "answer.b64"), join(root, "answer.der")];
  Deno.writeTextFileSync(from, answer);
  await tool("openssl", "base64", "-d", "-A", "-in", from, "-out", to);
  return await tool("openssl", "pkcs7", "-inform", "der", "-in", to, "-print_certs");
}

interopTest("curl and openssl enrol and renew with the documented lines", {
  tools: ["curl", "openssl"],
  run: () =>
    withServedCa(async ({ root, est, http, authority, token, ca }) => {
      const { key, csr } = await requestOf(root, "a.example");
      const post = (operation: string, file: string, ...words: string[]): Promise<string> =>
        tool(
          "curl",
          ...["--silent", "--show-error", "--fail", "--cacert", authority],
          ...["--header", "Content-Type: application/pkcs10", "--data-binary", `@${file}`],
          ...words,
          `${est}/.well-known/est/${operation}`,
        );
      const answer = await post("simpleenroll", csr, "--user", `device:${await token()}`);
      const certificate = join(root, "a.pem");
      Deno.writeTextFileSync(certificate, await toPem(root, answer));
      await tool("openssl", "verify", "-CAfile", authority, certificate);
      const next = await requestOf(root, "a.example");
      // The new request has overwritten the key of the old certificate: curl must be refused with it.
      const pair = ["--cert", certificate, "--key", key];
      const refused = await post("simplereenroll", next.csr, ...pair).catch(() => undefined);
      assert.equal(refused, undefined);
      const { key: keyB, csr: csrB } = await requestOf(root, "b.example");
      const first = await post("simpleenroll", csrB, "--user", `device:${await token()}`);
      const certificateB = join(root, "b.pem");
      Deno.writeTextFileSync(certificateB, await toPem(root, first));
      const kept = join(root, "kept.key");
      Deno.copyFileSync(keyB, kept);
      const renewal = await requestOf(root, "b.example");
      await post("simplereenroll", renewal.csr, "--cert", certificateB, "--key", kept);
      const list = (await ca("list")).stdout;
      assert.equal(
        list.split("\n").filter((line) => line.includes("CN=b.example")).length,
        2,
        list,
      );
      // Conditional requests.
      const crl = await tool("curl", "-sSi", `${http}/ca.crl.pem`);
      const [, tag = ""] = /^etag: (.*?)\r?$/im.exec(crl) ?? [];
      const again = await tool("curl", "-sSi", "-H", `If-None-Match: ${tag}`, `${http}/ca.crl.pem`);
      assert.match(again, /^HTTP\/1\.1 304 /);
    }),
});

/** The shell blocks of the page about EST, for the server of a test: with curl, and with strongSwan's pki. */
function documentedLines(est: string): readonly [curl: string, pki: string] {
  const page = Deno.readTextFileSync(new URL("../../docs/reference/est.md", import.meta.url));
  const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block = ""]) => block);
  const host = "https://ca.fleet.example:8443";
  assert.deepEqual(blocks.map((block) => block.includes(host)), [true, true]);
  const [curl = "", pki = ""] = blocks.map((block) => block.replaceAll(host, est));
  return [curl, pki];
}

interopTest(
  "curl enrols, and strongSwan's pki gets the CA certificates, enrols and renews, as documented",
  {
    tools: ["bash", "curl", "openssl", "pki"],
    run: () =>
      withServedCa(async ({ root, est, authority, token, ca }) => {
        Deno.copyFileSync(authority, join(root, "ca.pem"));
        const [curl, pki] = documentedLines(est);
        const inShell = async (script: string): Promise<void> => {
          const lines = `umask 077; cd "$0"; SECRET="$1"; ${script}`;
          await tool("bash", "-euo", "pipefail", "-c", lines, root, await token());
        };
        await inShell(curl);
        await tool("openssl", "verify", "-CAfile", authority, join(root, "cert.pem"));
        // The requests that the page takes for granted.
        const name = "meter-17.fleet.example";
        await inShell(`openssl req -in device.csr -outform der -out device.der
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new-key.pem \\
  -subj /CN=${name} -addext subjectAltName=DNS:${name} -outform der -out renewal.der`);
        await inShell(pki);
        await tool("openssl", "x509", "-in", join(root, "cacerts.pem"), "-noout");
        await tool("openssl", "verify", "-CAfile", authority, join(root, "new-cert.pem"));
        const { stdout } = await ca("list");
        assert.equal(stdout.split("\n").filter((line) => line.includes(`CN=${name}`)).length, 3);
      }),
  },
);

interopTest("nginx refuses a client within a minute of its revocation, by the CRL that is served", {
  tools: ["curl", "nginx", "openssl"],
  run: () =>
    withServedCa(async ({ root, est, http, authority, token, ca }) => {
      const { key, csr } = await requestOf(root, "client.example");
      const answer = await tool(
        "curl",
        ...["-sS", "--fail", "--cacert", authority, "--user", `d:${await token()}`],
        ...["--header", "Content-Type: application/pkcs10", "--data-binary", `@${csr}`],
        `${est}/.well-known/est/simpleenroll`,
      );
      const certificate = join(root, "client.pem");
      Deno.writeTextFileSync(certificate, await toPem(root, answer));
      const fetchCrl = (): Promise<string> =>
        tool("curl", "-sS", "--fail", "-o", join(root, "crl.pem"), `${http}/ca.crl.pem`);
      await fetchCrl();
      const [port = 0] = freePorts(1);
      const conf = join(root, "nginx.conf");
      const server = await requestOf(root, "localhost");
      await ca("sign", server.csr, "--out", join(root, "localhost.pem"));
      Deno.writeTextFileSync(
        conf,
        `daemon on;
pid ${root}/nginx.pid;
error_log ${root}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${root}/localhost.pem;
    ssl_certificate_key ${server.key};
    ssl_client_certificate ${authority};
    ssl_crl ${root}/crl.pem;
    ssl_verify_client on;
    location / { return 204; }
  }
}
`,
      );
      await tool("nginx", "-c", conf);
      try {
        const ask = async (): Promise<string> =>
          (await tryTool(
            "curl",
            ...["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority],
            ...["--cert", certificate, "--key", key, `https://localhost:${port}/`],
          )).stdout;
        assert.equal(await ask(), "204");
        const before = Deno.readTextFileSync(join(root, "crl.pem"));
        const [, serial = ""] =
          /^(\w+) +active .*CN=client\.example$/m.exec((await ca("list")).stdout) ??
            [];
        await ca("revoke", serial);
        const limit = Date.now() + minute;
        while (Deno.readTextFileSync(join(root, "crl.pem")) === before) {
          assert.ok(Date.now() < limit, "the CRL was not replaced within a minute");
          await new Promise((resolve) => setTimeout(resolve, 500));
          await fetchCrl();
        }
        const old = await workersOf(root);
        await tool("nginx", "-c", conf, "-s", "reload");
        // A worker with the old CRL answers until it has ended, beside the new one.
        while ((await workersOf(root)).some((worker) => old.includes(worker))) {
          assert.ok(Date.now() < limit + minute, "nginx keeps its old worker");
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        assert.equal(await ask(), "400");
      } finally {
        await tool("nginx", "-c", conf, "-s", "stop");
      }
    }),
});

/** The processes of the nginx whose pid file is in {@linkcode root}, without its master. */
async function workersOf(root: string): Promise<string[]> {
  const master = Deno.readTextFileSync(join(root, "nginx.pid")).trim();
  const { stdout } = await tryTool("ps", "--no-headers", "--ppid", master, "-o", "pid");
  return stdout.split("\n").map((pid) => pid.trim()).filter((pid) => pid !== "");
}

interopTest("SIGHUP reads ca.toml again, a mistake changes nothing, and SIGTERM ends with 0", {
  tools: ["curl"],
  run: () =>
    withServedCa(async ({ dataDirectory, admin, http, kill, ended }) => {
      const file = join(dataDirectory, "ca.toml");
      const before = Deno.readTextFileSync(file);
      const status = async (url: string): Promise<string> =>
        (await tryTool("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)).stdout;
      const until = async (url: string, wanted: string): Promise<void> => {
        const limit = Date.now() + minute;
        while (await status(url) !== wanted) {
          assert.ok(Date.now() < limit, `${url} is not ${wanted}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      assert.equal(await status(`${admin}/readyz`), "200");
      Deno.writeTextFileSync(file, before.replace(/^http = .*$/m, 'http = "nonsense"'));
      kill("SIGHUP");
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(await status(`${http}/ca.pem`), "200");
      const [port = 0] = freePorts(1);
      Deno.writeTextFileSync(file, before.replace(/^http = .*$/m, `http = "127.0.0.1:${port}"`));
      kill("SIGHUP");
      await until(`http://127.0.0.1:${port}/ca.pem`, "200");
      await until(`${http}/ca.pem`, "000");
      kill("SIGTERM");
      const { code, log } = await ended();
      assert.equal(code, 0);
      const events = log.trim().split("\n").map((line) => JSON.parse(line).event);
      assert.ok(events.includes("reload-failed") && events.includes("reloaded"), log);
      assert.equal(events.at(-1), "stopping");
    }),
});
