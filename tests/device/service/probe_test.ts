/** Single looks of every kind of probe, and looking until the deadline. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { ProbeBlindError } from "../../../lib/device/rotation/errors.ts";
import { loadPair, resolvePair } from "../../../lib/device/pair/mod.ts";
import {
  type ClientProbe,
  type CommandProbe,
  type ExpectedPair,
  lookOnce,
  probe,
  type ServerProbe,
} from "../../../lib/device/service/mod.ts";
import {
  type LookOptions,
  type RunOptions,
  type RunResult,
  type Sight,
  type System,
  TlsConnectionError,
} from "../../../lib/system/mod.ts";
import { sha256Hex } from "../../../lib/system/mod.ts";
import { plant } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import {
  simulatedNetwork,
  type SimulatedServers,
} from "../../simulation/model/simulated_network.ts";
import { fleet } from "../../support/device.ts";
import { makeAuthority, type TestPair } from "../../support/pairs.ts";
import { testSystem, testTime } from "../../support/test_world.ts";

const server: ServerProbe = {
  kind: "server",
  host: "localhost",
  port: 443,
  serverName: "device.example",
  startTls: undefined,
  keyType: undefined,
  identity: { kind: "pair-if-client" },
  deadline: 6000,
};

const command: CommandProbe = { kind: "command", command: ["/bin/look", "-v"], deadline: 6000 };

interface Around extends SimulatedServers {
  readonly run?: (options: RunOptions) => RunResult;
  readonly files?: Readonly<Record<string, string>>;
}

/** A system with a pair on its disk, simulated servers and programs. Sleeping advances its clock. */
async function withPair(
  active: TestPair,
  { run, files = {}, ...servers }: Around,
): Promise<{ readonly system: System; readonly expected: ExpectedPair }> {
  const disk = new SimulatedFileSystem(plant({
    "/tls/cert.pem": active.chainPem,
    "/tls/key.pem": active.keyPem,
    ...files,
  }));
  const paths = { certificate: "/tls/cert.pem", key: "/tls/key.pem" };
  let now = testTime.getTime();
  const base = testSystem({
    files: disk,
    network: simulatedNetwork(servers),
    clock: { now: () => new Date(now), sleep: (time) => Promise.resolve(void (now += time)) },
  });
  return {
    system: {
      ...base,
      processes: {
        ...base.processes,
        run: (options) => Promise.resolve(run?.(options) ?? ended(0)),
      },
    },
    expected: {
      name: "web",
      pair: resolvePair(disk, paths),
      loaded: await loadPair(disk, paths),
      fingerprint: await sha256Hex(active.certificateDer),
    },
  };
}

function ended(code: number, output = "", errorOutput = ""): RunResult {
  const encoder = new TextEncoder();
  return {
    end: { kind: "exit", code },
    output: encoder.encode(output),
    errorOutput: encoder.encode(errorOutput),
  };
}

function shows({ certificateDer: certificate }: TestPair): Sight {
  return { stage: "certificate", certificate };
}

function fails(reason: TlsConnectionError["reason"], stage: Sight["stage"]): Sight {
  const error = new TlsConnectionError({ host: "localhost", port: 443 }, reason);
  return { stage, error };
}

Deno.test("a server probe recognizes the expected certificate by its bytes", async () => {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, { look: () => shows(first) });
  const sight = await lookOnce(system, server, expected);
  assert.deepEqual([sight.stage, sight.saw, sight.error], ["certificate", "expected", undefined]);
  assert.equal(sight.fingerprint, expected.fingerprint);
  assert.equal(sight.certificate?.serialNumber, expected.loaded.leaf.serialNumber);
});

Deno.test("a server probe names the other certificate that it sees", async () => {
  const { first, second } = await fleet();
  const { system, expected } = await withPair(second, { look: () => shows(first) });
  const { stage, saw, fingerprint, error } = await lookOnce(system, server, expected);
  assert.deepEqual([stage, saw], ["certificate", "another"]);
  assert.equal(fingerprint, await sha256Hex(first.certificateDer));
  const { message, details, hint } = describe(error);
  assert.match(message, /^the service at localhost:443 does not serve the active certificate$/);
  assert.match(
    details?.join("\n") ?? "",
    /SHA256:(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\nsubject: .*\nserial: /,
  );
  assert.match(hint ?? "", /'server_name'/);
});

for (
  const [reason, stage, hint] of [
    ["refused", "nothing", /Start the service/],
    ["unknown-host", "nothing", /'url'/],
    ["not-tls", "connected", /'starttls'/],
    ["time-limit", "connected", /'starttls'.*'deadline'/],
    ["starttls", "connected", /'starttls' names its protocol/],
    ["time-limit", "handshake", /^If the service needs longer, increase 'deadline'\.$/],
    ["handshake", "connected", /^Set 'starttls' .*command probe/],
    ["handshake", "handshake", /^Set 'key_type'.*'identity'.*command probe/],
    ["unseen", "handshake", /command probe/],
  ] as const
) {
  Deno.test(`a server probe that sees nothing (${reason}) says how far it got and what to set`, async () => {
    const { first } = await fleet();
    const { system, expected } = await withPair(first, { look: () => fails(reason, stage) });
    const sight = await lookOnce(system, server, expected);
    assert.deepEqual([sight.stage, sight.saw, sight.fingerprint], [stage, "nothing", undefined]);
    const text = describe(sight.error);
    assert.match(
      text.message,
      stage === "nothing"
        ? /^cannot reach localhost:443: /
        : /^cannot see the certificate of localhost:443: /,
    );
    assert.match(text.hint ?? "", hint);
  });
}

Deno.test("a server probe names the protocol that the port speaks instead of TLS", async () => {
  const { first } = await fleet();
  const address = { host: "localhost", port: 443 };
  const error = new TlsConnectionError(address, "not-tls", { banner: "smtp" });
  const { system, expected } = await withPair(first, {
    look: () => ({ stage: "connected", error }),
  });
  const sight = await lookOnce(system, server, expected);
  assert.equal(describe(sight.error).hint, 'Set starttls = "smtp".');
});

/** A server with an RSA and an ECDSA certificate. It shows the latter unless asked for the former. */
function dual(
  { rsa, ecdsa }: { readonly rsa: TestPair; readonly ecdsa: TestPair },
  asked: LookOptions[] = [],
): Around {
  return {
    look: (_, options) => {
      asked.push(options);
      return shows(options.keyType === "rsa" ? rsa : ecdsa);
    },
  };
}

Deno.test("a server probe finds the certificate of the pair's key type on a server with both", async () => {
  const authority = await makeAuthority();
  const rsa = await authority.issue({ key: "rsa-2048" });
  const ecdsa = await authority.issue({ key: "ec-p256" });
  const asked: LookOptions[] = [];
  const { system, expected } = await withPair(rsa, dual({ rsa, ecdsa }, asked));
  assert.equal((await lookOnce(system, server, expected)).saw, "expected");
  assert.deepEqual(asked.map(({ keyType }) => keyType), [undefined, "rsa"]);
  asked.length = 0;
  assert.equal((await lookOnce(system, { ...server, keyType: "ecdsa" }, expected)).saw, "another");
  assert.deepEqual(asked.map(({ keyType }) => keyType), ["ecdsa"], "as configured, once");
});

Deno.test("a certificate of another key type proves nothing if the pair's is not seen", async () => {
  const authority = await makeAuthority();
  const rsa = await authority.issue({ key: "rsa-2048" });
  const ecdsa = await authority.issue({ key: "ec-p256" });
  const { system, expected } = await withPair(rsa, {
    look: (_, { keyType }) =>
      keyType === undefined ? shows(ecdsa) : fails("handshake", "handshake"),
  });
  const sight = await lookOnce(system, server, expected);
  assert.deepEqual([sight.stage, sight.saw], ["handshake", "nothing"]);
});

Deno.test("a server probe presents the pair if it is for clients, or the configured one", async () => {
  const authority = await makeAuthority();
  const purposes = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
  const forServers = await authority.issue({ purposes: [purposes.server] });
  const forBoth = await authority.issue({ purposes: [purposes.server, purposes.client] });
  const other = await authority.issue({ purposes: [purposes.client] });
  const presented = async (
    active: TestPair,
    identity: ServerProbe["identity"],
  ): Promise<string | undefined> => {
    let found: LookOptions["identity"];
    const { system, expected } = await withPair(active, {
      files: { "/etc/c.pem": other.chainPem, "/etc/c.key": other.keyPem },
      look: (_, options) => {
        found = options.identity;
        return shows(active);
      },
    });
    await lookOnce(system, { ...server, identity }, expected);
    assert.equal(found?.keyPem.includes("PRIVATE KEY") ?? true, true);
    return found?.certificatePem;
  };
  assert.equal(await presented(forServers, { kind: "pair-if-client" }), undefined);
  assert.equal(await presented(forServers, { kind: "pair" }), forServers.chainPem);
  assert.equal(await presented(forBoth, { kind: "pair-if-client" }), forBoth.chainPem);
  const files = { kind: "files", certificate: "/etc/c.pem", key: "/etc/c.key" } as const;
  assert.equal(await presented(forBoth, files), other.chainPem);
});

Deno.test("a server probe without its identity file looks anyway, and names the file if blind", async () => {
  const { first } = await fleet();
  const identity = { kind: "files", certificate: "/etc/c.pem", key: "/etc/c.key" } as const;
  let seen = shows(first);
  const { system, expected } = await withPair(first, { look: () => seen });
  assert.equal((await lookOnce(system, { ...server, identity }, expected)).saw, "expected");
  seen = fails("handshake", "handshake");
  const sight = await lookOnce(system, { ...server, identity }, expected);
  assert.equal(sight.stage, "handshake");
  assert.match(describe(sight.error).message, /\/etc\/c\.pem/);
});

for (
  const [code, saw, stage, message] of [
    [0, "expected", "certificate", undefined],
    [
      1,
      "another",
      "certificate",
      /does not use the active pair, according to the probe '\/bin\/look -v'/,
    ],
    [75, "nothing", "nothing", /'\/bin\/look -v' exited with 75 \(cannot tell\)/],
    [127, "nothing", "nothing", /the probe '\/bin\/look -v' failed with exit code 127/],
  ] as const
) {
  Deno.test(`a command probe that exits with ${code} reports: ${saw}`, async () => {
    const { first } = await fleet();
    const { system, expected } = await withPair(first, {
      run: () => ended(code, "from stdout\n", "from stderr\u001b[31m\n"),
    });
    const sight = await lookOnce(system, command, expected);
    assert.deepEqual([sight.saw, sight.stage], [saw, stage]);
    if (message === undefined) return assert.equal(sight.error, undefined);
    const told = describe(sight.error);
    assert.match(told.message, message);
    assert.deepEqual(told.details, ["from stderr\\x1b[31m", "from stdout"]);
  });
}

Deno.test("a command probe that denies both pairs does not contradict itself", async () => {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, { run: () => ended(1) });
  const { error: cause } = await lookOnce(system, command, expected);
  const { message, details } = describe(
    new ProbeBlindError({ sawBefore: "another", isRestored: false, cause }),
  );
  assert.equal(
    message,
    "cannot tell whether the service uses the new pair: the probe '/bin/look -v' exited with 1 " +
      "(the pair is not in use)",
  );
  assert.deepEqual(details, [
    "The probe had the same result before the change, so the new pair stays active.",
  ]);
});

Deno.test("a command probe that exceeds its deadline names the deadline", async () => {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, {
    run: () => ({ ...ended(0), end: { kind: "time-limit" } }),
  });
  const { message, hint } = describe((await lookOnce(system, command, expected)).error);
  assert.match(message, /^the probe '\/bin\/look -v' did not finish within its deadline of \d+/);
  assert.match(hint ?? "", /increase 'deadline'/);
});

Deno.test("a command probe receives the certificate to look for, but not more than a hook", async () => {
  const { first } = await fleet();
  let told: RunOptions | undefined;
  const { system, expected } = await withPair(first, {
    run: (options) => {
      told = options;
      return ended(0);
    },
  });
  await lookOnce(system, command, expected);
  assert.deepEqual(told?.command, ["/bin/look", "-v"]);
  assert.equal(told?.timeLimit, command.deadline);
  assert.deepEqual(Object.keys(told?.environment ?? {}).sort(), [
    "CERTSWAP_CERT",
    "CERTSWAP_FINGERPRINT",
    "CERTSWAP_KEY",
    "CERTSWAP_NAME",
    "CERTSWAP_SERIAL",
    "HOME",
    "LC_ALL",
    "PATH",
  ]);
  assert.equal(told?.environment["CERTSWAP_FINGERPRINT"], expected.fingerprint);
  assert.equal(told?.environment["CERTSWAP_SERIAL"], expected.loaded.leaf.serialNumber);
});

Deno.test("a command probe that is stopped with certswap says so", async () => {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, {
    run: () => ({ ...ended(0), end: { kind: "interrupted", signal: "SIGTERM" } }),
  });
  await assert.rejects(lookOnce(system, command, expected), { code: "probe-stopped" });
});

const client = {
  kind: "client",
  host: "broker",
  port: 8883,
  serverName: "broker",
  startTls: undefined,
  trust: undefined,
  deadline: 6000,
} as const;

for (
  const [verdict, saw, stage] of [
    ["accepted", "expected", "certificate"],
    ["refused", "another", "certificate"],
    ["unknown", "nothing", "handshake"],
  ] as const
) {
  Deno.test(`a client probe whose pair is ${verdict} reports: ${saw}`, async () => {
    const { first } = await fleet();
    let presented: unknown;
    const { system, expected } = await withPair(first, {
      client: (_, { certificatePem, keyPem }) => {
        presented = { certificatePem, keyPem };
        const error = new TlsConnectionError(client, "client-certificate");
        return verdict === "accepted"
          ? { stage: "certificate", verdict }
          : { stage: "handshake", verdict, error };
      },
    });
    const sight = await lookOnce(system, client, expected);
    assert.deepEqual([sight.saw, sight.stage], [saw, stage]);
    assert.deepEqual(presented, { certificatePem: first.chainPem, keyPem: first.keyPem });
    assert.equal(sight.error === undefined, verdict === "accepted");
  });
}

for (const verdict of ["accepted", "refused"] as const) {
  for (const seen of ["in the handshake", "by a look"] as const) {
    Deno.test(`a client probe with 'trust' ignores "${verdict}" from others, seen ${seen}`, async () => {
      const { first, authority } = await fleet();
      const stranger = await makeAuthority({ subject: "CN=Stranger" });
      const servers = [await authority.issue(), await stranger.issue()];
      const saws = [];
      for (const broker of servers) {
        const { system, expected } = await withPair(first, {
          files: { "/etc/ca.pem": authority.certificatePem },
          look: () => shows(broker),
          client: () => ({
            stage: "certificate",
            verdict,
            ...(seen === "by a look" ? {} : { serverChain: [broker.certificateDer] }),
          }),
        });
        saws.push((await lookOnce(system, { ...client, trust: "/etc/ca.pem" }, expected)).saw);
      }
      assert.deepEqual(saws, [verdict === "accepted" ? "expected" : "another", "nothing"]);
    });
  }
}

Deno.test("a probe looks until it sees the pair, and then stops", async () => {
  const { first, second } = await fleet();
  let looks = 0;
  const { system, expected } = await withPair(second, {
    look: () => ++looks < 3 ? shows(first) : shows(second),
  });
  assert.equal((await probe(system, server, expected)).saw, "expected");
  assert.equal(looks, 3);
});

Deno.test("a probe that reaches its deadline names it, with the result of the last look", async () => {
  const { first } = await fleet();
  let looks = 0;
  const { system, expected } = await withPair(first, {
    look: () => fails(++looks < 3 ? "handshake" : "refused", looks < 3 ? "handshake" : "nothing"),
  });
  const start = system.clock.now().getTime();
  const sight = await probe(system, server, expected);
  assert.deepEqual([sight.stage, sight.saw], ["nothing", "nothing"]);
  assert.ok(system.clock.now().getTime() - start <= 6000);
  assert.match(describe(sight.error).message, /within the deadline of 6s: /);
});

/** The message for a look that ended with this error. */
async function saidOf(
  probe: ServerProbe | ClientProbe,
  error: TlsConnectionError,
  stage: Sight["stage"],
): Promise<{ readonly message: string; readonly hint?: string }> {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, {
    look: () => ({ stage, error }),
    client: () => ({ stage, verdict: "unknown", error }),
  });
  return describe((await lookOnce(system, probe, expected)).error);
}

for (
  const [banner, message, hint] of [
    ["smtp", "the server speaks SMTP on this port, not IMAP", 'Set starttls = "smtp".'],
    ["ssh", "the server speaks SSH on this port, not IMAP", "Correct the port in 'url'."],
    ["tls", "the server speaks TLS from the first byte, not IMAP", "Remove 'starttls'."],
  ] as const
) {
  for (const reason of ["starttls", "time-limit"] as const) {
    Deno.test(`a probe with a wrong starttls says that the server speaks ${banner} (${reason})`, async () => {
      for (const probe of [server, client]) {
        const error = new TlsConnectionError(server, reason, { banner });
        const said = await saidOf({ ...probe, startTls: "imap" }, error, "connected");
        assert.ok(said.message.endsWith(`: ${message}`), said.message);
        assert.equal(said.hint, hint);
      }
    });
  }
}

for (const protocol of ["smtp", "imap", "pop3", "ftp", "mysql", "ldap", "xmpp"] as const) {
  const greets = protocol !== "ldap" && protocol !== "xmpp";
  Deno.test(`a probe with starttls ${protocol} of a silent server names what is likely`, async () => {
    for (const probe of [server, client]) {
      const error = new TlsConnectionError(server, "time-limit");
      const { hint = "" } = await saidOf({ ...probe, startTls: protocol }, error, "connected");
      assert.match(
        hint,
        greets
          ? /the port speaks TLS from the first byte: remove 'starttls'\./
          : /'starttls' names/,
      );
    }
  });
}

Deno.test("a probe whose server refuses to start TLS shows the server's answer", async () => {
  const answer = { banner: "smtp", said: "454 TLS not available" } as const;
  const error = new TlsConnectionError(server, "starttls", answer);
  const { message, hint } = await saidOf({ ...server, startTls: "smtp" }, error, "connected");
  assert.match(message, /: the server did not start TLS; it answered: 454 TLS not available$/);
  assert.match(hint ?? "", /^Enable TLS in the service on this port/);
});

Deno.test("a probe does not suggest 'starttls' for a server that has answered in TLS", async () => {
  for (const reason of ["handshake", "unseen", "time-limit"] as const) {
    for (const probe of [server, client]) {
      const error = new TlsConnectionError(server, reason);
      const { hint } = await saidOf(probe, error, "handshake");
      assert.doesNotMatch(hint ?? "", /starttls/, `${probe.kind}: ${reason}`);
    }
  }
});

for (const isConfigured of [true, false]) {
  Deno.test(`a key type that can only be requested in TLS 1.2 is explained (${isConfigured})`, async () => {
    const { first: ecdsa, authority } = await fleet();
    const rsa = await authority.issue({ key: "rsa-2048" });
    const { system, expected } = await withPair(rsa, {
      look: (_, { keyType }) =>
        keyType === undefined ? shows(ecdsa) : {
          stage: "handshake",
          error: new TlsConnectionError(server, "unseen", { alert: "protocol_version" }),
        },
    });
    const probe = { ...server, keyType: isConfigured ? "rsa" as const : undefined };
    const { message, hint } = describe((await lookOnce(system, probe, expected)).error);
    const said = /supports only TLS 1\.3, in which certswap cannot ask for .* an RSA key(.*)$/;
    const [, other] = said.exec(message) ?? [];
    assert.equal(other, isConfigured ? "" : "; it has one with an ECDSA key (CN=device.example)");
    assert.match(hint ?? "", /Enable TLS 1\.2 in the server, or use a command probe/);
    assert.equal(/Remove 'key_type'/.test(hint ?? ""), isConfigured);
  });
}

Deno.test("a client probe that does not trust the server names the key 'trust', not the flag", async () => {
  const { first, authority } = await fleet();
  const stranger = await (await makeAuthority({ subject: "CN=Stranger" })).issue();
  for (const trust of ["/etc/ca.pem", "/etc/missing.pem"]) {
    const { system, expected } = await withPair(first, {
      files: { "/etc/ca.pem": authority.certificatePem },
      client: () => ({
        stage: "certificate",
        verdict: "accepted",
        serverChain: [stranger.certificateDer],
      }),
    });
    const { message, hint } = describe(
      (await lookOnce(system, { ...client, trust }, expected)).error,
    );
    assert.ok(
      message.startsWith(
        "cannot tell whether broker:8883 accepts the active certificate: " +
          `its certificate cannot be verified with ${trust}: `,
      ),
      message,
    );
    assert.match(hint ?? "", /^Set the probe's 'trust'/);
    assert.doesNotMatch(hint ?? "", /--(?!probe)/);
  }
});

Deno.test("a client probe that is refused shows the server's alert", async () => {
  const { first } = await fleet();
  const { system, expected } = await withPair(first, {
    client: () => ({
      stage: "certificate",
      verdict: "refused",
      error: new TlsConnectionError(client, "client-certificate", { alert: "unknown_ca" }),
    }),
  });
  const { message, details } = describe((await lookOnce(system, client, expected)).error);
  assert.equal(message, "the server at broker:8883 does not accept the active certificate");
  assert.deepEqual(details, ["its TLS alert: unknown_ca"]);
});

Deno.test("a probe names a certificate of another key type, if the server shows only that", async () => {
  const { first: ecdsa, authority } = await fleet();
  const rsa = await authority.issue({ key: "rsa-2048" });
  const { system, expected } = await withPair(ecdsa, {
    look: (_, { keyType }) =>
      keyType === undefined ? shows(rsa) : {
        stage: "handshake",
        error: new TlsConnectionError(server, "unseen", { alert: "handshake_failure" }),
      },
  });
  const { message, hint } = describe((await lookOnce(system, server, expected)).error);
  assert.equal(
    message,
    "cannot see the certificate of localhost:443: the server has no certificate with an ECDSA key; " +
      "it has one with an RSA key (CN=device.example)",
  );
  assert.match(hint ?? "", /^Check that the hook reloads the service/);
  const configured = { ...server, keyType: "ecdsa" as const };
  const text = describe((await lookOnce(system, configured, expected)).error);
  assert.match(text.message, /the server has no certificate with an ECDSA key$/);
  assert.match(
    text.hint ?? "",
    /^Remove key_type = "ecdsa" if the server has no such certificate\./,
  );
});

Deno.test("a client probe whose server disconnects after the handshake says so", async () => {
  const error = new TlsConnectionError(client, "handshake");
  const { message } = await saidOf(client, error, "certificate");
  assert.match(message, /: the server closed the connection after the handshake without an alert$/);
});

Deno.test("a handshake that ends with an alert shows it", async () => {
  const error = new TlsConnectionError(server, "handshake", { alert: "internal_error" });
  const { message } = await saidOf(server, error, "handshake");
  assert.match(message, /: the TLS handshake failed \(TLS alert internal_error\)$/);
});
