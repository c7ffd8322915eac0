/** OCSP of a running `certswap ca serve`, asked by OpenSSL, nginx, HAProxy and NSS. */
import assert from "node:assert/strict";
import { denoProcesses, denoSystem, join } from "../../lib/system/mod.ts";
import { type TestCa, withCa } from "../support/ca.ts";
import { runCli } from "../support/test_world.ts";
import { interopTest, tool, tryTool } from "./tools.ts";

/** The real clock: the server may hold the lock for a moment. */
const system = { ...denoSystem, processes: { ...denoProcesses, onTermination: () => () => {} } };
const repository = new URL("../../", import.meta.url).pathname;

/** A CA that is served, with two devices whose certificates name its responder. */
interface ServedCa {
  readonly ca: TestCa;
  /** `http://127.0.0.1:PORT/ocsp` */
  readonly url: string;
  /** Path of a file of the test. */
  file(name: string): string;
  /** Runs `certswap ca` at the real time. */
  run(...words: string[]): Promise<string>;
}

/** Serves a CA with the certificates `a.crt` (02) and `b.crt` (03), and their keys. */
async function withServedCa(work: (served: ServedCa) => Promise<void>): Promise<void> {
  await withCa(async (ca) => {
    const port = freePort();
    const url = `http://127.0.0.1:${port}/ocsp`;
    ca.write(
      "ca.toml",
      `[addresses]\nocsp = ["${url}"]\n[serve]\nhttp = "127.0.0.1:${port}"\nrequests_per_minute = 100000\n`,
    );
    const file = (name: string): string => join(ca.root, name);
    const run = async (...words: string[]): Promise<string> => {
      const flags = ["--data-dir", ca.dataDirectory];
      const { exit, stdout, stderr } = await runCli(["ca", ...words, ...flags], { system });
      assert.equal(exit, 0, stderr);
      return stdout;
    };
    for (const name of ["a", "b"]) {
      const keyFlags = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
      const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost"];
      const output = ["-keyout", file(`${name}.key`), "-out", file(`${name}.csr`)];
      await tool("openssl", "req", "-new", ...keyFlags, ...names, ...output);
      await run("sign", file(`${name}.csr`), "--out", file(`${name}.crt`));
    }
    const server = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "-P=certswap",
        "main.ts",
        "ca",
        "serve",
        "--data-dir",
        ca.dataDirectory,
      ],
      cwd: repository,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until(() => answers(port));
      await work({ ca, url, file, run });
    } finally {
      server.kill("SIGTERM");
      await server.status;
    }
  }, ["--validity", "9000"]);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Waits until something is true. The test runner's own limit ends a wait in vain. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !await condition(); tries++) {
    assert.ok(tries < 600, "in vain");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What `openssl ocsp` says about a certificate. */
async function openssl(
  { ca, url }: ServedCa,
  about: readonly string[],
  ...flags: string[]
): Promise<string> {
  const issuer = ["-issuer", ca.path("ca.crt"), "-CAfile", ca.path("ca.crt")];
  const { stdout, stderr } = await tryTool(
    "openssl",
    "ocsp",
    ...flags,
    ...issuer,
    ...about,
    "-url",
    url,
  );
  return stdout + stderr;
}

interopTest("openssl ocsp gets good, revoked and unknown, verified, with its nonce and without", {
  tools: ["openssl"],
  run: async () => {
    await withServedCa(async (served) => {
      const { file, run } = served;
      await run("revoke", "03", "--reason", "keyCompromise");
      const revoked = async (): Promise<boolean> =>
        /: revoked$/m.test(await openssl(served, ["-cert", file("b.crt")], "-no_nonce"));
      await until(revoked);
      for (const hash of ["-sha1", "-sha256", "-sha384"]) {
        for (const nonce of [["-no_nonce"], []]) {
          const good = await openssl(served, [hash, "-cert", file("a.crt")], ...nonce);
          assert.match(good, /^Response verify OK$/m);
          assert.match(good, /a\.crt: good$/m);
          assert.doesNotMatch(good, /WARNING/);
          const bad = await openssl(served, [hash, "-cert", file("b.crt")], ...nonce);
          assert.match(bad, /^Response verify OK$/m);
          assert.match(bad, /b\.crt: revoked\n[^]*Reason: keyCompromise/);
          const none = await openssl(served, [hash, "-serial", "0x99"], ...nonce);
          assert.match(none, /0x99: unknown$/m);
        }
      }
      const both = await openssl(served, ["-cert", file("a.crt"), "-cert", file("b.crt")]);
      assert.match(both, /a\.crt: good[^]*b\.crt: revoked/);
    });
  },
});

interopTest("openssl verifies what is got with GET, and its own request is understood there", {
  tools: ["openssl"],
  run: async () => {
    await withServedCa(async ({ ca, url, file }) => {
      const issuer = ["-issuer", ca.path("ca.crt")];
      const about = ["-sha256", ...issuer, "-cert", file("a.crt"), "-no_nonce"];
      await tool("openssl", "ocsp", ...about, "-reqout", file("request.der"));
      const base64 = Deno.readFileSync(file("request.der")).toBase64();
      const response = await fetch(`${url}/${encodeURIComponent(base64)}`);
      assert.equal(response.headers.get("content-type"), "application/ocsp-response");
      assert.match(response.headers.get("cache-control") ?? "", /^max-age=43\d{3}, public/);
      Deno.writeFileSync(file("response.der"), await response.bytes());
      const files = ["-respin", file("response.der"), "-CAfile", ca.path("ca.crt")];
      const said = await tryTool("openssl", "ocsp", ...about, ...files);
      assert.match(said.stderr + said.stdout, /Response verify OK\n[^]*a\.crt: good$/m);
    });
  },
});

/** nginx with the pair of device `a`. */
function nginxConf({ ca, url, file }: ServedCa, port: number, directives: string): string {
  return `daemon on;
worker_processes 1;
pid ${file("nginx.pid")};
error_log ${file("error.log")} info;
events { worker_connections 64; }
http {
  access_log off;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${file("a.crt")};
    ssl_certificate_key ${file("a.key")};
    ssl_trusted_certificate ${ca.path("ca.crt")};
    ${directives.replaceAll("$URL", url).replaceAll("$CA", ca.path("ca.crt"))}
    location / { return 204; }
  }
}
`;
}

async function withNginx(
  served: ServedCa,
  directives: string,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const { file } = served;
  const port = freePort();
  Deno.writeTextFileSync(file("nginx.conf"), nginxConf(served, port, directives));
  await tool("nginx", "-c", file("nginx.conf"));
  try {
    await until(() => answers(port));
    await work(port);
  } finally {
    await tool("nginx", "-c", file("nginx.conf"), "-s", "stop");
    await until(() => !isInPlace(file("nginx.pid")));
  }
}

function isInPlace(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

async function handshake(port: number, ...flags: string[]): Promise<string> {
  const target = ["-connect", `127.0.0.1:${port}`, "-servername", "localhost"];
  const { stdout, stderr } = await tryTool("openssl", "s_client", ...target, ...flags);
  return stdout + stderr;
}

interopTest("nginx staples the response, and has verified it (ssl_stapling_verify)", {
  tools: ["openssl", "nginx"],
  run: async () => {
    await withServedCa(async (served) => {
      // Without ssl_stapling_responder: nginx finds the address in the certificate.
      const directives = "ssl_stapling on; ssl_stapling_verify on;";
      await withNginx(served, directives, async (port) => {
        let seen = "";
        // nginx asks the responder after the first handshake.
        await until(async () => {
          seen = await handshake(port, "-status", "-CAfile", served.ca.path("ca.crt"));
          return /OCSP Response Status: successful/.test(seen);
        });
        assert.match(seen, /Cert Status: good/);
        assert.match(seen, /Verify return code: 0 \(ok\)/);
      });
    });
  },
});

interopTest("nginx refuses a client whose certificate was revoked (ssl_ocsp)", {
  tools: ["openssl", "nginx", "curl"],
  run: async () => {
    await withServedCa(async (served) => {
      const { ca, file, run } = served;
      const directives = "ssl_verify_client on; ssl_client_certificate $CA; ssl_ocsp on;";
      await withNginx(served, directives, async (port) => {
        const status = async (name: string): Promise<string> => {
          const pair = ["--cert", file(`${name}.crt`), "--key", file(`${name}.key`)];
          const where = ["--cacert", ca.path("ca.crt"), `https://localhost:${port}/`];
          const route = ["--resolve", `localhost:${port}:127.0.0.1`];
          return await tool(
            "curl",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            ...route,
            ...pair,
            ...where,
          );
        };
        assert.deepEqual([await status("a"), await status("b")], ["204", "204"]);
        await run("revoke", "03");
        // The server sees it within a second, and nginx keeps nothing (ssl_ocsp_cache).
        await until(async () => await status("b") === "400");
        assert.equal(await status("a"), "204");
      });
    });
  },
});

interopTest("HAProxy staples a response from a file, as openssl has fetched it", {
  tools: ["openssl", "haproxy"],
  run: async () => {
    await withServedCa(async (served) => {
      const { ca, file } = served;
      const combined = Deno.readTextFileSync(file("a.crt")) + Deno.readTextFileSync(file("a.key"));
      Deno.writeTextFileSync(file("a.pem"), combined, { mode: 0o600 });
      Deno.copyFileSync(ca.path("ca.crt"), file("a.pem.issuer"));
      // HAProxy 2.6 knows CertIDs with SHA-1 only.
      await openssl(served, ["-cert", file("a.crt")], "-no_nonce", "-respout", file("a.pem.ocsp"));
      const port = freePort();
      Deno.writeTextFileSync(
        file("haproxy.cfg"),
        `defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend tls
  bind 127.0.0.1:${port} ssl crt ${file("a.pem")}
  tcp-request content reject
`,
      );
      const args = ["-db", "-f", file("haproxy.cfg")];
      const haproxy = new Deno.Command("haproxy", { args, stdout: "null", stderr: "null" }).spawn();
      try {
        await until(() => answers(port));
        const seen = await handshake(port, "-status", "-CAfile", ca.path("ca.crt"));
        assert.match(seen, /OCSP Response Status: successful[^]*Cert Status: good/);
      } finally {
        haproxy.kill("SIGTERM");
        await haproxy.status;
      }
    });
  },
});

interopTest("NSS, which Firefox has, gets good and revoked with GET", {
  tools: ["openssl", "certutil", "ocspclnt"],
  run: async () => {
    await withServedCa(async ({ ca, file, run }) => {
      const database = ["-d", `sql:${file("nss")}`];
      Deno.mkdirSync(file("nss"));
      await tool("certutil", "-N", ...database, "--empty-password");
      await tool(
        "certutil",
        "-A",
        ...database,
        "-n",
        "ca",
        "-t",
        "CT,C,C",
        "-i",
        ca.path("ca.crt"),
      );
      for (const name of ["a", "b"]) {
        await tool(
          "certutil",
          "-A",
          ...database,
          "-n",
          name,
          "-t",
          ",,",
          "-i",
          file(`${name}.crt`),
        );
      }
      const said = async (name: string): Promise<string> => {
        const { stdout, stderr } = await tryTool("ocspclnt", ...database, "-S", name);
        return stdout + stderr;
      };
      assert.match(await said("a"), /"a" succeeded/);
      await run("revoke", "03");
      await until(async () => /has been revoked/.test(await said("b")));
      assert.match(await said("a"), /"a" succeeded/);
    });
  },
});
