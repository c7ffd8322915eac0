/** Probes of real TLS servers: the certificate that each serves, and its answer to a client certificate. */
import assert from "node:assert/strict";
import {
  type ClientOptions,
  type ClientSight,
  denoNetwork,
  type LookOptions,
  type Sight,
  type StartTls,
} from "../../lib/system/mod.ts";
import { type Authority, makeAuthority, type TestPair } from "../support/pairs.ts";
import { answers, protocols } from "../system/network/starttls_answers.ts";
import { interopTest, tool } from "./tools.ts";

const timeLimit = 20_000;

/** Pairs in files, for servers to serve. */
interface Material {
  readonly directory: string;
  readonly authority: Authority;
  readonly rsa: TestPair;
  readonly ecdsa: TestPair;
  readonly client: TestPair;
}

let material: Promise<Material> | undefined;

async function makeMaterial(): Promise<Material> {
  const directory = await Deno.makeTempDir({ prefix: "certswap-test-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const authority = await makeAuthority();
  const fresh = { notAfter: new Date("2040-01-01T00:00:00Z") };
  const rsa = await authority.issue({ ...fresh, key: "rsa-2048" });
  const ecdsa = await authority.issue(fresh);
  const client = await authority.issue({ ...fresh, purposes: ["1.3.6.1.5.5.7.3.2"] });
  await Deno.writeTextFile(`${directory}/ca.pem`, authority.certificatePem);
  for (const [name, { certificatePem, keyPem }] of Object.entries({ rsa, ecdsa })) {
    await Deno.writeTextFile(`${directory}/${name}.pem`, certificatePem);
    await Deno.writeTextFile(`${directory}/${name}.key`, keyPem, { mode: 0o600 });
  }
  return { directory, authority, rsa, ecdsa, client };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Runs a server, and waits until it accepts connections. */
async function serving(
  program: string,
  args: (port: number) => readonly string[],
  work: (port: number) => Promise<void>,
): Promise<void> {
  const { directory } = await (material ??= makeMaterial());
  const port = freePort();
  const child = new Deno.Command(program, {
    args: [...args(port)],
    cwd: directory,
    // At the end of its input the server would stop.
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await isListening(port);
    await work(port);
  } finally {
    child.kill("SIGKILL");
    await child.stdin.close().catch(() => {});
    await child.status;
  }
}

async function isListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const connection = await Deno.connect({ port }).catch(() => undefined);
    if (connection !== undefined) return connection.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}

const openssl = (options: readonly string[]) => (port: number): readonly string[] => [
  "s_server",
  "-quiet",
  "-accept",
  `127.0.0.1:${port}`,
  ...options,
];

async function look(port: number, options: Partial<LookOptions> = {}): Promise<Sight> {
  const endpoint = { host: "127.0.0.1", port, serverName: "device.example" };
  return await denoNetwork.lookAtServer(endpoint, { timeLimit, ...options });
}

/** The expected result: a pair, or the alert that ends the handshake without one. */
type Expected = "rsa" | "ecdsa" | { readonly alert: string };

async function shows(
  port: number,
  expected: Expected,
  options: Partial<LookOptions> = {},
): Promise<void> {
  const sight = await look(port, options);
  if (typeof expected === "string") {
    assert.equal(sight.error, undefined);
    assert.equal(sight.stage, "certificate");
    const { [expected]: pair } = await (material ??= makeMaterial());
    assert.deepEqual(sight.certificate, pair.certificateDer);
  } else {
    assert.equal(sight.stage, "handshake");
    assert.deepEqual([sight.error?.reason, sight.error?.alert], ["unseen", expected.alert]);
  }
}

const rsa = ["-cert", "rsa.pem", "-key", "rsa.key"];
const ecdsa = ["-cert", "ecdsa.pem", "-key", "ecdsa.key"];
const both = [...rsa, "-dcert", "ecdsa.pem", "-dkey", "ecdsa.key"];
const insists = ["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"];
const oldest = ["-cipher", "DEFAULT@SECLEVEL=0"];
const only = (cipher: string): string[] => ["-tls1_2", "-cipher", `${cipher}:@SECLEVEL=0`];

for (
  const [what, options, expected, choice] of [
    ["TLS 1.2", [...rsa, "-tls1_2"], "rsa"],
    ["TLS 1.3", [...ecdsa, "-tls1_3"], "ecdsa"],
    ["TLS 1.2 and insists on a client certificate", [...rsa, "-tls1_2", ...insists], "rsa"],
    ["TLS 1.3 and insists on a client certificate", [...rsa, "-tls1_3", ...insists], "rsa"],
    ["TLS 1.1", [...rsa, "-tls1_1", ...oldest], "rsa"],
    ["TLS 1.0", [...rsa, "-tls1", ...oldest], "rsa"],
    ["DHE with CBC", [...rsa, ...only("DHE-RSA-AES128-SHA")], "rsa"],
    ["RSA key exchange", [...rsa, ...only("AES256-GCM-SHA384")], "rsa"],
    ["RSA key exchange with CBC", [...rsa, ...only("AES128-SHA")], "rsa"],
    ["ECDHE with CBC", [...ecdsa, ...only("ECDHE-ECDSA-AES128-SHA256")], "ecdsa"],
    ["the curve P-521 alone", [...rsa, "-tls1_2", "-curves", "P-521"], "rsa"],
    ["TLS 1.2 with two certificates, RSA", [...both, "-tls1_2"], "rsa", "rsa"],
    ["TLS 1.2 with two certificates, ECDSA", [...both, "-tls1_2"], "ecdsa", "ecdsa"],
    ["TLS 1.2 and 1.3 with two certificates, RSA", both, "rsa", "rsa"],
    ["TLS 1.3 with two certificates, ECDSA", [...both, "-tls1_3"], "ecdsa", "ecdsa"],
  ] as const satisfies readonly [string, readonly string[], Expected, ("rsa" | "ecdsa")?][]
) {
  interopTest(`lookAtServer() sees the certificate of an OpenSSL server with ${what}`, {
    tools: ["openssl"],
    run: () =>
      serving("openssl", openssl(options), (port) => shows(port, expected, { keyType: choice })),
  });
}

interopTest(
  "lookAtServer() cannot see the RSA certificate of a server of TLS 1.3 that shows another",
  {
    tools: ["openssl"],
    run: () =>
      serving(
        "openssl",
        openssl([...both, "-tls1_3"]),
        (port) => shows(port, { alert: "protocol_version" }, { keyType: "rsa" }),
      ),
  },
);

interopTest("lookAtServer() does not take an RSA certificate for an ECDSA one", {
  tools: ["openssl"],
  run: () =>
    serving(
      "openssl",
      openssl(rsa),
      (port) => shows(port, { alert: "handshake_failure" }, { keyType: "ecdsa" }),
    ),
});

interopTest(
  "lookAtServer() sees the certificate on a key of the curve P-521 at an OpenSSL server",
  {
    tools: ["openssl"],
    async run() {
      const { directory } = await (material ??= makeMaterial());
      const path = `${directory}/p521`;
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521", "-nodes"];
      const files = ["-keyout", `${path}.key`, "-out", `${path}.pem`];
      await tool("openssl", "req", "-x509", "-subj", "/CN=device.example", ...key, ...files);
      const pem = await Deno.readTextFile(`${path}.pem`);
      const options = ["-cert", "p521.pem", "-key", "p521.key", "-tls1_2"];
      await serving("openssl", openssl(options), async (port) => {
        const { certificate } = await look(port);
        const [, base64 = ""] = pem.split(/-----[^-]+-----/);
        assert.deepEqual(certificate, Uint8Array.fromBase64(base64));
      });
    },
  },
);

interopTest("lookAtServer() presents its identity to a server that requires one", {
  tools: ["openssl"],
  async run() {
    const { client: { certificatePem, keyPem } } = await (material ??= makeMaterial());
    for (const version of ["-tls1_2", "-tls1_3"]) {
      await serving(
        "openssl",
        openssl([...rsa, version, ...insists]),
        (port) => shows(port, "rsa", { identity: { certificatePem, keyPem } }),
      );
    }
  },
});

const gnutls = (priority: string, ...options: readonly string[]) => (port: number) => [
  "--echo",
  "--quiet",
  `--port=${port}`,
  `--priority=${priority}`,
  "--x509certfile=rsa.pem",
  "--x509keyfile=rsa.key",
  "--x509cafile=ca.pem",
  ...options,
];

for (
  const [what, priority, ...options] of [
    ["TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2"],
    ["TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3"],
    [
      "TLS 1.2 and insists on a client certificate",
      "NORMAL:-VERS-ALL:+VERS-TLS1.2",
      "--require-client-cert",
    ],
    [
      "DHE and CBC",
      "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:-CIPHER-ALL:+AES-128-CBC",
    ],
  ] as const satisfies readonly (readonly [string, string, ...string[]])[]
) {
  interopTest(`lookAtServer() sees the certificate of a GnuTLS server with ${what}`, {
    tools: ["gnutls-serv"],
    run: () => serving("gnutls-serv", gnutls(priority, ...options), (port) => shows(port, "rsa")),
  });
}

for (const protocol of protocols) {
  interopTest(`lookAtServer() sees the certificate of a server that starts TLS in ${protocol}`, {
    tools: ["openssl"],
    run: () =>
      // The runtime handles TLS 1.3, our own hello the RSA key exchange.
      inTurn([[...rsa, "-tls1_3"], [...rsa, ...only("AES128-SHA")]], (options) =>
        serving("openssl", openssl(options), (port) =>
          startingTls(
            protocol,
            port,
            (front) =>
              shows(front, "rsa", { startTls: protocol }),
          ))),
  });
}

async function inTurn<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  for (const value of values) await work(value);
}

/** A server that speaks a protocol up to STARTTLS, and then forwards to the TLS server on a port. */
async function startingTls(
  protocol: StartTls,
  port: number,
  work: (front: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    for await (const connection of listener) {
      await spliceBehind(answers[protocol], connection, port).catch(() => {});
    }
  })();
  try {
    await work(listener.addr.port);
  } finally {
    listener.close();
    await accepting;
  }
}

/** Sends an answer after each request of the client, one line at a time if it has lines. */
async function spliceBehind(answer: string, client: Deno.Conn, port: number): Promise<void> {
  const bytes = Uint8Array.from(answer, (one) => one.charCodeAt(0));
  const server = await Deno.connect({ port });
  const request = new Uint8Array(4096);
  try {
    const isBinary = answer.length === 1 || answer.startsWith("\x30");
    if (isBinary) await client.read(request);
    await client.write(bytes);
    await untilHello(client, server);
    await Promise.all([
      client.readable.pipeTo(server.writable).catch(() => {}),
      server.readable.pipeTo(client.writable).catch(() => {}),
    ]);
  } finally {
    for (const connection of [client, server]) {
      try {
        connection.close();
      } catch {
        // The pipe has closed it.
      }
    }
  }
}

/** Skips the client's data before its ClientHello, which is the first that begins with a TLS record. */
async function untilHello(client: Deno.Conn, server: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  for (let count = await client.read(buffer); count !== null; count = await client.read(buffer)) {
    const said = buffer.subarray(0, count);
    const at = said.findIndex((byte, index) => byte === 22 && said[index + 1] === 3);
    if (at < 0) continue;
    await server.write(said.subarray(at));
    return;
  }
}

async function present(
  port: number,
  { certificatePem, keyPem }: TestPair,
  options: Partial<ClientOptions> = {},
): Promise<ClientSight> {
  const endpoint = { host: "127.0.0.1", port, serverName: "device.example" };
  return await denoNetwork.connectAsClient(endpoint, {
    timeLimit,
    certificatePem,
    keyPem,
    ...options,
  });
}

for (const version of ["-tls1_2", "-tls1_3"]) {
  interopTest(`connectAsClient() is accepted by an OpenSSL server with ${version}`, {
    tools: ["openssl"],
    run: () =>
      serving("openssl", openssl([...rsa, version, ...insists]), async (port) => {
        const { client, rsa } = await (material ??= makeMaterial());
        const { verdict, stage, error, serverChain } = await present(port, client);
        assert.deepEqual([verdict, stage, error], ["accepted", "certificate", undefined]);
        assert.deepEqual(serverChain?.[0], rsa.certificateDer);
      }),
  });

  interopTest(
    `connectAsClient() is told by which alert an OpenSSL server refuses it, with ${version}`,
    {
      tools: ["openssl"],
      run: () =>
        serving("openssl", openssl([...rsa, version, ...insists]), async (port) => {
          const { authority } = await (material ??= makeMaterial());
          const purposes = ["1.3.6.1.5.5.7.3.2"];
          const expired = new Date("2021-01-01T00:00:00Z");
          for (
            const [pair, alert] of [
              [await (await makeAuthority()).issue({ purposes }), "unknown_ca"],
              [
                await authority.issue({
                  purposes,
                  notBefore: new Date("2020-06-01T00:00:00Z"),
                  notAfter: expired,
                }),
                "certificate_expired",
              ],
              [
                await authority.issue({ notAfter: new Date("2040-01-01T00:00:00Z") }),
                "unsupported_certificate",
              ],
            ] as const
          ) {
            const { verdict, stage, error } = await present(port, pair);
            assert.deepEqual([verdict, stage], ["refused", "certificate"]);
            assert.deepEqual([error?.reason, error?.alert], ["client-certificate", alert]);
          }
        }),
    },
  );
}

interopTest("connectAsClient() cannot tell from a server that does not ask", {
  tools: ["openssl"],
  run: () =>
    serving("openssl", openssl([...rsa, "-tls1_2"]), async (port) => {
      const { client } = await (material ??= makeMaterial());
      const { verdict, stage, error } = await present(port, client);
      assert.deepEqual([verdict, stage, error?.reason], ["unknown", "certificate", "not-asked"]);
    }),
});

interopTest("connectAsClient() cannot tell if the runtime lacks the server's cipher suites", {
  tools: ["openssl"],
  run: () =>
    serving("openssl", openssl([...rsa, ...only("AES128-SHA"), ...insists]), async (port) => {
      const { client } = await (material ??= makeMaterial());
      const { verdict, stage, error } = await present(port, client);
      assert.deepEqual([verdict, stage], ["unknown", "handshake"]);
      assert.deepEqual([error?.reason, error?.alert], ["handshake", "handshake_failure"]);
    }),
});

for (const version of ["1.2", "1.3"]) {
  const priority = `NORMAL:-VERS-ALL:+VERS-TLS${version}`;
  interopTest(`connectAsClient() is accepted or refused by a GnuTLS server with TLS ${version}`, {
    tools: ["gnutls-serv"],
    run: () =>
      serving(
        "gnutls-serv",
        gnutls(priority, "--require-client-cert", "--verify-client-cert"),
        async (port) => {
          const { client } = await (material ??= makeMaterial());
          assert.equal((await present(port, client)).verdict, "accepted");
          const foreign = await (await makeAuthority()).issue();
          assert.equal((await present(port, foreign)).verdict, "refused");
        },
      ),
  });
}

interopTest("connectAsClient() presents its certificate after STARTTLS", {
  tools: ["openssl"],
  run: () =>
    serving(
      "openssl",
      openssl([...rsa, ...insists]),
      (port) =>
        startingTls("smtp", port, async (front) => {
          const { client } = await (material ??= makeMaterial());
          assert.equal((await present(front, client, { startTls: "smtp" })).verdict, "accepted");
        }),
    ),
});
