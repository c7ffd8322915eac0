/** Commands that read the configuration: mistakes, and pairs selected by name. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { join, type Needs, type Sight, TlsConnectionError } from "../../../lib/system/mod.ts";
import { simulatedNetwork } from "../../simulation/model/simulated_network.ts";
import { writePem } from "../../../lib/x509/encoding/pem.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { type Run, runCli, testSystem } from "../../support/test_world.ts";

const onePair = '[pair.web]\ndir = "$ROOT/tls"\n';

Deno.test("certswap config check prints what is configured", async () => {
  await withConfiguration({ "certswap.toml": onePair }, async ({ path, tls }) => {
    const { exit, stdout, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(stderr, "");
    assert.equal(exit, 0);
    assert.match(stdout, new RegExp(`^No mistakes in ${path}\\.\nPair web\n`));
    assert.match(stdout, new RegExp(`Certificate: +${tls}/cert\\.pem\n`));
    assert.match(stdout, /Renewed: +not by certswap: no issuer is configured\n/);
  });
});

Deno.test("certswap config check prints the metrics file, and no key if it makes none", async () => {
  const text = `metrics = "$ROOT/a.prom"\n${onePair}`;
  await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
    const { stdout } = await runCli(["config", "check", "--config", path]);
    assert.ok(stdout.includes(`\nMetrics: ${root}/a.prom\nPair web\n`), stdout);
    assert.doesNotMatch(stdout, /With:/);
  });
});

Deno.test("certswap config check accepts trust anchors that the first contact will fetch", async () => {
  const issuer = (more: string): string =>
    `[pair.web]
dir = "$ROOT/tls"
names = ["DNS:web.example"]
issuer = { kind = "est", url = "https://ca.example", trust = "$ROOT/est.pem"${more} }
`;
  const pinned = issuer(`, fingerprint = "SHA256:${"ab".repeat(32)}"`);
  await withConfiguration({ "certswap.toml": pinned, "tls/x": "" }, async ({ path }) => {
    const { exit, stdout, stderr } = await runCli(["config", "check", "--config", path]);
    assert.deepEqual([exit, stderr], [0, ""]);
    assert.match(stdout, /^No mistakes in /);
  });
  // Nothing fetches them without a fingerprint.
  await withConfiguration({ "certswap.toml": issuer(""), "tls/x": "" }, async ({ path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.match(stderr, /issuer\.trust: .*est\.pem/);
  });
});

Deno.test("certswap config check warns once about an ignored trust anchor", async () => {
  const { authority } = await fleet();
  const text = ["a", "b"].map((name) =>
    `[pair.${name}]
dir = "$ROOT/${name}"
trust = "$ROOT/ca.pem"
issuer = { kind = "command", command = ["/bin/false"] }
`
  ).join("");
  const unreadable = writePem("CERTIFICATE", Uint8Array.of(0x30, 0));
  const texts = {
    "certswap.toml": text,
    "ca.pem": unreadable + authority.certificatePem,
    "a/x": "",
    "b/x": "",
  };
  await withConfiguration(texts, async ({ root, path }) => {
    const { exit, stdout, stderr } = await runCli(["config", "check", "--config", path, "--json"]);
    assert.equal(exit, 0);
    const { warnings } = JSON.parse(stdout);
    assert.deepEqual(warnings.map(({ code }: { code: string }) => code), ["unreadable-anchor"]);
    assert.match(stderr, new RegExp(`^Warning: .*${root}/ca\\.pem`));
  });
});

Deno.test("certswap config check --json prints every value in the terms of the configuration", async () => {
  const text = `${onePair}trust = "$ROOT/certswap.toml"
combined = "$ROOT/tls/both.pem"
names = ["DNS:a.example"]
purposes = ["clientAuth", "1.3.6.1.5.5.7.3.17"]
renew_before = "90d"
keep_previous = true
requires_mount = ["/"]
services = ["a.service"]
issuer = { kind = "command", command = ["sh", "--nicely"], time_limit = "90s" }
hook = { command = ["sh", "reload", "a"] }
probe = { url = "tls://[::1]:443" }
`;
  const { authority } = await fleet();
  await withConfiguration({
    "certswap.toml": text.replace("$ROOT/certswap.toml", "$ROOT/ca.pem"),
    "ca.pem": authority.certificatePem,
  }, async ({ root, path, tls }) => {
    const { exit, stdout } = await runCli(["config", "check", "--json"], {
      environment: { CERTSWAP_CONFIG: path },
    });
    assert.equal(exit, 0);
    assert.deepEqual(JSON.parse(stdout), {
      files: [path],
      pairs: [{
        name: "web",
        shape: "files",
        certificate: `${tls}/cert.pem`,
        key: `${tls}/key.pem`,
        combined: `${tls}/both.pem`,
        outputs: [],
        requiresMount: ["/"],
        trust: `${root}/ca.pem`,
        names: ["DNS:a.example"],
        purposes: ["clientAuth", "1.3.6.1.5.5.7.3.17"],
        keyAlgorithm: "ecdsa-p256",
        keepKey: false,
        renewBefore: "90d",
        keepPrevious: true,
        issuer: { kind: "command", command: ["sh", "--nicely"], timeLimit: "90s" },
        hooks: [{ command: ["sh", "reload", "a"], timeLimit: "1m" }],
        probes: [{
          kind: "server",
          host: "::1",
          port: 443,
          identity: { kind: "pair-if-client" },
          deadline: "30s",
        }],
        services: ["a.service"],
      }],
      warnings: [],
    });
  });
});

const withOutputs = `[pair.web]
layout = "java"
dir = "$ROOT/tls"
owner = "root"
group = 0
key_mode = "0640"
[[pair.web.output]]
path = "$ROOT/all.pem"
contains = ["key", "chain"]
mode = "0600"
[pair.mail]
combined = "$ROOT/mail.pem"
output = { path = "$ROOT/mail.der", contains = ["certificate"], format = "der" }
`;

Deno.test("certswap config check prints layouts, owners and outputs", async () => {
  const texts = { "certswap.toml": withOutputs, "tls/keystore.password": "secret\n" };
  await withConfiguration(texts, async ({ root, path, tls }) => {
    Deno.chmodSync(`${tls}/keystore.password`, 0o600);
    const { exit, stdout, stderr } = await runCli(["config", "check", "--config", path]);
    assert.deepEqual([exit, stderr], [0, ""]);
    const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
    assert.deepEqual(lines.slice(1, 11), [
      "Pair web",
      "Layout: java",
      `Certificate: ${tls}/cert.pem`,
      `Key: ${tls}/key.pem`,
      "Owner: root",
      "Group: 0",
      "Key mode: 0640",
      `Output 1: ${root}/all.pem: key, chain (pem), owner root, group 0, mode 0600`,
      `Output 2: ${tls}/keystore.p12: key, chain (pkcs12, modern), owner root, group 0, mode 0640`,
      "Subject: as in the active pair",
    ]);
    const mail = lines.indexOf("Pair mail");
    assert.deepEqual(lines.slice(mail + 1, mail + 3), [
      `Combined: ${root}/mail.pem`,
      `Output: ${root}/mail.der: certificate (der)`,
    ]);
    assert.doesNotMatch(stdout, /secret/);
  });
});

Deno.test("certswap config check --json prints layouts, owners and outputs", async () => {
  const texts = { "certswap.toml": withOutputs, "tls/keystore.password": "secret\n" };
  await withConfiguration(texts, async ({ root, path, tls }) => {
    Deno.chmodSync(`${tls}/keystore.password`, 0o600);
    const { stdout } = await runCli(["config", "check", "--config", path, "--json"]);
    const [web, mail] = JSON.parse(stdout).pairs;
    const accounts = { owner: "root", group: "0" };
    assert.deepEqual(
      [web.layout, web.shape, web.owner, web.group, web.mode, web.keyMode],
      ["java", "files", "root", "0", undefined, "0640"],
    );
    assert.deepEqual(web.outputs, [
      {
        path: `${root}/all.pem`,
        contains: ["key", "chain"],
        format: "pem",
        ...accounts,
        mode: "0600",
      },
      {
        path: `${tls}/keystore.p12`,
        contains: ["key", "chain"],
        format: "pkcs12",
        ...accounts,
        mode: "0640",
        passwordFile: `${tls}/keystore.password`,
        friendlyName: "web",
        profile: "modern",
      },
    ]);
    assert.deepEqual(
      [mail.layout, mail.shape, mail.certificate, mail.key],
      [undefined, "combined", `${root}/mail.pem`, `${root}/mail.pem`],
    );
  });
});

Deno.test("certswap config check says what is wrong with an output, on which line", async () => {
  const text = `[pair.web]
dir = "$ROOT/tls"
owner = "no-such-user"
key_mode = "0644"
[[pair.web.output]]
path = "$ROOT/a.p12"
contains = ["key", "trust"]
format = "pkcs12"
[[pair.web.output]]
path = "$ROOT/b.der"
contains = ["chain"]
format = "der"
profile = "legacy"
[pair.b]
layout = "apache"
dir = "$ROOT/b"
[pair.c]
layout = "nginx"
dir = "$ROOT"
combined = "$ROOT/c.pem"
password_file = "$ROOT/p"
`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    const found = stderr.split("\n").filter((line) => line.startsWith("  "));
    assert.deepEqual(found.map((line) => line.trim().replace(`${path}:`, "")), [
      "4: pair.web.key_mode: expected a mode in quotes that lets only the owner write the private key, and " +
      'only the owner and its group read it ("0600" or "0640"), found "0644"',
      '7: pair.web.output[0].contains[1]: "trust" has no CA certificates to write; set the ' +
      "pair's trust to a file with CA certificates",
      '11: pair.web.output[1].contains: a DER file holds one key or one certificate; expected "key" or ' +
      '"certificate" alone',
      '13: pair.web.output[1].profile: profile is only for the format "pkcs12", not for "der"',
      '15: pair.b.layout: expected "certbot", "haproxy", "postgres", "mosquitto", "nginx", "java", ' +
      '"proxmox" or "flip", found "apache"',
      '20: pair.c.combined and layout are both set; the layout "nginx" already names the files in dir. ' +
      'For one more file with both, add an output (contains = ["key", "chain"])',
      '21: pair.c.password_file is only for layout = "java"; for another output, set it in the table of ' +
      "that output",
    ]);
  });
});

Deno.test("certswap config check says how to correct an unknown user and a readable password", async () => {
  const text = `[pair.web]
dir = "$ROOT/tls"
owner = "no-such-user"
[[pair.web.output]]
path = "$ROOT/a.p12"
contains = ["key", "chain"]
format = "pkcs12"
password_file = "$ROOT/password"
`;
  await withConfiguration({ "certswap.toml": text, "password": "x" }, async ({ root, path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.match(
      stderr,
      /:3: pair\.web\.owner: cannot set the owner of .*no-such-user.*\. Create the user/,
    );
    assert.ok(
      stderr.includes(`:8: pair.web.output[0].password_file: cannot use the password file`),
    );
    assert.ok(stderr.includes(`chmod 600 ${root}/password`), stderr);
  });
});

Deno.test("certswap config check reports every mistake with file, line and expected value", async () => {
  const text = `${onePair}renew_befor = "33%"
keep_previous = "\u001b[31m"
[pair.b]
dir = "$ROOT/tls"
hook = { command = "reload" }
[pair.c]
dir = "$ROOT/missing"
`;
  await withConfiguration(
    { "certswap.toml": text.replace("\u001b", "\\u001b") },
    async ({ root, path }) => {
      const before = readTree(root);
      const { exit, stdout, stderr } = await runCli([
        "config",
        "check",
        "--config",
        path,
        "--json",
      ]);
      assert.equal(exit, 2);
      assert.deepEqual(stderr.replaceAll(root, "$ROOT").split("\n"), [
        "Error: the configuration has 4 mistakes",
        "  $ROOT/certswap.toml:3: unknown key pair.web.renew_befor. Did you mean pair.web.renew_before?",
        "  $ROOT/certswap.toml:4: pair.web.keep_previous: expected true, false or a duration " +
        '("30d"; up to 9 digits, then ms, s, m, h or d), found "\\u001b[31m"',
        "  $ROOT/certswap.toml:7: pair.b.hook.command: expected a program and its arguments " +
        '(["systemctl", "reload", "nginx"]), found "reload"',
        "  $ROOT/certswap.toml:9: pair.c.dir: cannot use $ROOT/missing/cert.pem: " +
        "directory $ROOT/missing does not exist. Mount its file system, or, for a first pair, create it: " +
        "mkdir -p $ROOT/missing",
        "Hint: Nothing was changed. Correct every mistake, then run " +
        "'certswap config check --config $ROOT/certswap.toml'.",
        "",
      ]);
      const { error } = JSON.parse(stdout);
      assert.equal(error.code, "configuration");
      assert.equal(error.details.length, 4);
      assert.deepEqual(readTree(root), before);
    },
  );
});

Deno.test("certswap config check says that a path must not end in '/'", async () => {
  const text = onePair.replace(/^dir = "(.*)"$/m, 'dir = "$1/"');
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.match(stderr, /pair\.web\.dir: expected an absolute path without a trailing "\/"/);
  });
});

Deno.test("certswap names the configuration or the pair that does not exist", async () => {
  const missing = await runCli(["swap", "--name", "web", "--config", "/missing/certswap.toml"]);
  assert.equal(missing.exit, 2);
  assert.match(
    missing.stderr,
    /the configuration \/missing\/certswap\.toml does not exist\nHint: /,
  );
  // Also for commands without path flags.
  const check = await runCli(["config", "check", "--config", "/missing/certswap.toml"]);
  assert.match(
    check.stderr,
    /Hint: .*--config FILE or \$CERTSWAP_CONFIG\. Without it, only 'swap', 'status' and the other commands/,
  );
  await withConfiguration({ "certswap.toml": onePair }, async ({ path }) => {
    const typo = await runCli(["swap", "--name", "wep", "--config", path]);
    assert.equal(typo.exit, 2);
    assert.match(typo.stderr, /no pair 'wep'\nHint: Did you mean 'web'\?\n/);
    const other = await runCli(["recover", "--name", "mail", "--config", path]);
    assert.match(other.stderr, /no pair 'mail'\nHint: Its pairs are 'web'\.\n/);
  });
});

const wrong: readonly (readonly [words: string[], problem: RegExp])[] = [
  [["swap", "--name", "web", "--dir", "/a"], /--name already selects the pair/],
  [["stage", "--name", "web", "--cert", "/a"], /--name already selects the pair/],
  [["swap", "--config", "/a"], /--config is given without --name/],
  [["rollback", "--config", "/a", "--dir", "/b"], /--config is given without --name/],
  [["recover", "--config", "$PATH", "--keep", "old"], /--keep requires a single pair/],
];

for (const [words, problem] of wrong) {
  Deno.test(`certswap ${words.join(" ")} is refused`, async () => {
    await withConfiguration({ "certswap.toml": onePair }, async ({ path }) => {
      const run = await runCli(words.map((word) => word === "$PATH" ? path : word));
      assert.equal(run.exit, 2);
      assert.match(run.stderr, problem);
    });
  });
}

Deno.test("certswap selects a pair by name: paths, trust anchor and keep_previous", async () => {
  const { authority, first, second } = await fleet();
  const texts = {
    "certswap.toml": `${onePair}trust = "$ROOT/trust.pem"\nkeep_previous = true\n`,
    "trust.pem": authority.certificatePem,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
    "new.pem": second.chainPem,
    "new.key": second.keyPem,
  };
  await withConfiguration(texts, async ({ root, path, tls }) => {
    const read = (name: string): string => Deno.readTextFileSync(join(tls, name));
    const pair = ["--name", "web", "--config", path];
    const given = ["--new-cert", join(root, "new.pem"), "--new-key", join(root, "new.key")];

    Deno.writeTextFileSync(join(root, "trust.pem"), "no certificate");
    const untrusted = await runCli(["stage", ...pair, ...given]);
    assert.equal(untrusted.exit, 1);
    assert.match(untrusted.stderr, /trust\.pem/);
    Deno.writeTextFileSync(join(root, "trust.pem"), authority.certificatePem);

    assert.equal((await runCli(["stage", ...pair, ...given])).exit, 0);
    assert.equal((await runCli(["swap", ...pair])).exit, 0);
    assert.equal(read("key.pem"), second.keyPem);
    assert.equal(read(".key.pem.certswap.previous"), first.keyPem, "keep_previous holds");
    assert.equal((await runCli(["rollback", ...pair])).exit, 0);
    assert.equal(read("key.pem"), first.keyPem);
    assert.equal(read(".key.pem.certswap.previous"), second.keyPem);
  });
});

Deno.test("certswap recover without a pair recovers all configured pairs, even if one fails", async () => {
  const text = `[pair.gone]\ndir = "$ROOT/missing"\n${onePair}[pair.c]\ndir = "$ROOT/c"\n`;
  await withConfiguration({ "certswap.toml": text, "c/x": "" }, async ({ root, path, tls }) => {
    // The leftover of a killed stage.
    Deno.mkdirSync(join(tls, ".certswap"), { mode: 0o700 });
    const half = join(tls, "..key.pem.certswap.pending.certswap.tmp");
    Deno.writeTextFileSync(half, "half");
    const planned = await runCli(["recover", "--config", path, "--dry-run"]);
    assert.match(planned.stdout, /^Pair web\n {2}Recovery would remove/);
    assert.equal(Deno.readTextFileSync(half), "half");

    const { exit, stdout, stderr } = await runCli(["recover", "--config", path]);
    assert.equal(exit, 1);
    assert.match(
      stdout,
      /^Pair web\n {2}Recovered: removed the rest of an unfinished change:\n/,
    );
    assert.doesNotMatch(stdout, /Pair c/);
    assert.match(
      stderr,
      new RegExp(`^Error: pair gone: cannot use ${root}/missing/cert\\.pem: directory `),
    );
    assert.throws(() => Deno.readTextFileSync(half), Deno.errors.NotFound);

    const json = JSON.parse((await runCli(["recover", "--config", path, "--json"])).stdout);
    assert.deepEqual(json.pairs.map(({ name }: { name: string }) => name), ["web", "c"]);
    assert.equal(json.pairs[0].recovery.outcome, "clean");
    assert.equal(json.errors[0].code, "missing-directory");
  });
});

Deno.test("certswap recover is silent under cron if there is nothing to recover", async () => {
  await withConfiguration({ "certswap.toml": onePair }, async ({ path }) => {
    assert.deepEqual(await runCli(["recover", "--config", path]), {
      exit: 0,
      stdout: "",
      stderr: "",
    });
    const watched = await runCli(["recover", "--config", path], { isTerminal: true });
    assert.equal(watched.stderr, "Nothing to recover.\n");
  });
});

/** Runs `config check --probe` for a pair that a simulated service serves. */
async function checkWithProbes(
  probes: string,
  look: (active: Uint8Array) => Sight,
): Promise<{ readonly run: Run; readonly json: Run; readonly isUnchanged: boolean }> {
  const { first } = await fleet();
  return await withConfiguration({
    "certswap.toml": `${onePair}hook = { command = ["false"] }\n${probes}`,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
  }, async ({ root, path }) => {
    const before = readTree(root);
    const system = testSystem({
      network: simulatedNetwork({ look: () => look(first.certificateDer) }),
    });
    const words = ["config", "check", "--probe", "--config", path];
    const run = await runCli(words, { system });
    const json = await runCli([...words, "--json"], { system });
    return { run, json, isUnchanged: isDeepStrictEqual(before, readTree(root)) };
  });
}

Deno.test("certswap config check --probe prints what every probe sees, and changes nothing", async () => {
  const probes = `probe = [{ url = "tls://localhost:443" }, { command = ["true"] }]\n`;
  const { run, json, isUnchanged } = await checkWithProbes(
    probes,
    (certificate) => ({ stage: "certificate", certificate }),
  );
  assert.deepEqual([run.exit, run.stderr, isUnchanged], [0, "", true]);
  assert.match(
    run.stdout,
    /Probe 1: +localhost:443 \(server name localhost\): serves the active certificate: CN=.*, serial /,
  );
  assert.match(run.stdout, /Probe 2: +true: the service uses the pair\n/);
  const { pairs: [pair], errors } = JSON.parse(json.stdout);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    pair.probes.map(({ sight: { stage, saw } }: { sight: Record<string, string> }) => [stage, saw]),
    [["certificate", "expected"], ["certificate", "expected"]],
  );
});

Deno.test("certswap config check --probe exits 1 if a probe cannot tell, and says what to set", async () => {
  const error = new TlsConnectionError({ host: "localhost", port: 25 }, "not-tls", {
    banner: "smtp",
  });
  const probes = `probe = { url = "tls://localhost:25" }\n`;
  const { run, json } = await checkWithProbes(probes, () => ({ stage: "connected", error }));
  assert.equal(run.exit, 1);
  assert.match(
    run.stdout,
    /Probe: +localhost:25 \(server name localhost\): connected, but no TLS\n/,
  );
  assert.match(run.stderr, /^Error: pair web: cannot see the certificate of localhost:25: /);
  assert.match(run.stderr, /^Hint: Set starttls = "smtp"\.$/m);
  assert.match(run.stdout, /^No mistakes in .*certswap\.toml; 1 probe failed\.\n/);
  assert.equal(JSON.parse(json.stdout).errors[0].code, "probe-failed");
});

Deno.test("certswap config check --probe says why a server was not reached", async () => {
  const error = new TlsConnectionError({ host: "localhost", port: 443 }, "refused");
  const { run } = await checkWithProbes(
    `probe = { url = "tls://localhost:443" }\n`,
    () => ({ stage: "nothing", error }),
  );
  assert.equal(run.exit, 1);
  assert.match(run.stdout, /Probe: +localhost:443 \(server name localhost\): connection refused\n/);
});

for (
  const [renewBefore, left] of [
    ["33%", "between 25% and 33% of the lifetime is"],
    ["30d", "between 22 days and 30 days are"],
    ["12h", "between 9 hours and 12 hours are"],
  ] as const
) {
  Deno.test(`config check says in which range of time a pair is renewed (${renewBefore})`, async () => {
    const text = `[pair.web]\ndir = "$ROOT/tls"\nrenew_before = "${renewBefore}"\n` +
      'trust = "$ROOT/tls/cert.pem"\nissuer = { kind = "command", command = ["true"] }\n';
    const { first } = await fleet();
    await withConfiguration(
      { "certswap.toml": text, "tls/cert.pem": first.chainPem },
      async ({ path }) => {
        const { stdout, stderr } = await runCli(["config", "check", "--config", path]);
        assert.match(stdout, new RegExp(`Renewed: +by true, when ${left} left\n`), stderr);
      },
    );
  });
}

Deno.test("certswap config check --probe reports a missing pair", async () => {
  const text = `${onePair}probe = { command = ["true"] }\n`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const run = await runCli(["config", "check", "--probe", "--config", path]);
    assert.equal(run.exit, 1);
    assert.match(run.stderr, /^Error: pair web: .*the certificate is missing/);
  });
});

Deno.test("certswap config check without --probe only reads the mount table", async () => {
  const kept: Needs[] = [];
  await withConfiguration({ "certswap.toml": onePair }, async ({ path }) => {
    for (const words of [[], ["--probe"]]) {
      await runCli(["config", "check", ...words, "--config", path], {
        permissions: { keepOnly: (needs) => void kept.push(needs) },
      });
    }
  });
  assert.deepEqual(kept.map(({ run, net, write }) => ({ run, net, write })), [
    // cat(1) and stat(1) show what is mounted. Then no program can be started any more.
    { run: true, net: undefined, write: undefined },
    { run: undefined, net: undefined, write: undefined },
    { run: true, net: true, write: undefined },
  ]);
});

Deno.test("config check says how to make a program executable, and how to create a CA", async () => {
  const text = `[pair.a]
dir = "$ROOT/tls"
hook = { command = ["$ROOT/certswap.toml"] }
issuer = { kind = "local", data_dir = "$ROOT/no-ca" }
`;
  await withConfiguration({ "certswap.toml": text }, async ({ root, path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.ok(stderr.includes(`${path} is not executable. Run: chmod +x ${path}\n`), stderr);
    assert.match(stderr, /data_dir: .*no-ca\/ca\.crt: .*certswap ca init --data-dir .*no-ca /);
    assert.ok(stderr.includes(root));
  });
});

Deno.test("config check says in which directories a program is missing", async () => {
  const text = `[pair.a]
dir = "$ROOT/tls"
hook = { command = ["no-such-hook"] }
`;
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    const directories = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert.ok(
      stderr.includes(
        `${path}:3: pair.a.hook.command: cannot find the program no-such-hook in ${directories}. ` +
          "Install it, or give its absolute path.\n",
      ),
      stderr,
    );
  });
});

Deno.test("config check warns about metrics that node_exporter does not read", async () => {
  for (
    const [name, warning] of [["m.txt", /^Warning: .*m\.txt does not end in \.prom/m], [
      "m.prom",
      /^$/,
    ]] as const
  ) {
    const text = `metrics = "$ROOT/${name}"\n[pair.a]\ndir = "$ROOT/tls"\n`;
    await withConfiguration({ "certswap.toml": text, "tls/x": "" }, async ({ path }) => {
      const { exit, stderr } = await runCli(["config", "check", "--config", path]);
      assert.equal(exit, 0);
      assert.match(stderr, warning);
    });
  }
});

Deno.test("a configuration refuses metrics in /tmp", async () => {
  const pair = `[pair.a]\ndir = "$ROOT/tls"\n`;
  const found = (metrics: string) =>
    withConfiguration({ "certswap.toml": `metrics = "${metrics}"\n${pair}` }, async ({ path }) => {
      const { exit, stderr } = await runCli(["config", "check", "--config", path]);
      assert.equal(exit, 2);
      return stderr;
    });
  assert.match(
    await found("/tmp/certswap.prom"),
    /:1: metrics: cannot use .*\/tmp .*\. Use a directory that only root, or the user who runs/,
  );
});

Deno.test("a configuration that all can write is refused with the command for it", async () => {
  await withConfiguration({ "certswap.toml": `[pair.a]\ndir = "/tls"\n` }, async ({ path }) => {
    Deno.chmodSync(path, 0o666);
    const { exit, stderr } = await runCli(["config", "check", "--config", path]);
    assert.equal(exit, 2);
    assert.match(
      stderr,
      /other users can write to it .*could make certswap run commands\. .*chmod go-w .*certswap\.toml\n/,
    );
  });
});
