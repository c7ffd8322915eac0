/** `certswap status` of all pairs: table, colours, JSON, metrics. */
import assert from "node:assert/strict";
import { encodeState, type PairState } from "../../../lib/device/pair/state.ts";
import { join } from "../../../lib/system/mod.ts";
import { type TestConfiguration, withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { runCli } from "../../support/test_world.ts";

const at = new Date("2026-05-31T10:00:00Z");

const owing: PairState = {
  owed: { hook: true, probe: true, since: at, fingerprint: "a".repeat(64) },
  renewal: { attempts: 1, lastAttempt: at, nextAttempt: new Date("2026-06-01T14:00:00Z") },
  lastSuccess: new Date("2026-03-01T00:00:00Z"),
  lastFailure: { at, code: "issuer-failed" },
  totals: { attempts: 3, failures: 2 },
  other: {},
};

const text = `[pair.web]\ndir = "$ROOT/tls"
[pair.mqtt]\ndir = "$ROOT/mqtt"\ntrust = "$ROOT/trust"
issuer = { kind = "command", command = ["/bin/false"] }
[pair.old]\ndir = "$ROOT/old"
[pair.none]\ndir = "$ROOT/none"
[pair.gone]\ndir = "$ROOT/missing"\n`;

/** A pair in every state; `mqtt` has a pending hook and probe. */
async function withPairs(work: (configuration: TestConfiguration) => Promise<void>): Promise<void> {
  const { authority, first } = await fleet();
  const soon = await authority.issue({ notAfter: new Date("2026-06-02T11:00:00Z") });
  const expired = await authority.issue({ notAfter: new Date("2026-03-01T00:00:00Z") });
  await withConfiguration({
    "certswap.toml": text,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
    "mqtt/cert.pem": soon.chainPem,
    "mqtt/key.pem": soon.keyPem,
    "old/cert.pem": expired.chainPem,
    "old/key.pem": expired.keyPem,
    "none/.certswap/x": "",
  }, async (configuration) => {
    const directory = join(configuration.root, "mqtt/.certswap");
    Deno.mkdirSync(directory, { mode: 0o700 });
    Deno.writeFileSync(join(directory, "cert.pem.state"), await encodeState(owing));
    await work(configuration);
  });
}

const unseen = "it has not yet seen the service use the new pair";
const again = "Every 'certswap rotate' runs it again.";

const table = `PAIR  STATE       LIFETIME                     LEFT      NOT AFTER
web   valid       [########------------]  41%  213 days  2027-01-01T00:00:00Z
mqtt  valid       [###################-]  99%  23 hours  2026-06-02T11:00:00Z
  Renewal FAILING since 2026-05-31T10:00:00Z (1 failure): issuer-failed
  The hook has been pending since 2026-05-31T10:00:00Z: the service may not have loaded the new pair. ${again}
  The probe has been pending since 2026-05-31T10:00:00Z: ${unseen}. ${again}
  Next attempt: the first run after 2026-06-01T14:00:00Z, in 2 hours.
old   EXPIRED     [####################] 100%  none      2026-03-01T00:00:00Z
none  MISSING
gone  UNREADABLE
`;

Deno.test("certswap status without a pair shows all that are configured", async () => {
  await withPairs(async ({ root, path }) => {
    const before = readTree(root);
    const { exit, stdout, stderr } = await runCli(["status", "--config", path]);
    assert.equal(exit, 1);
    assert.equal(stdout, table);
    assert.match(stderr, /^Error: pair gone: .* directory .* does not exist/);
    assert.deepEqual(readTree(root), before, "reads only");
  });
});

Deno.test("certswap status uses colours on a terminal, and its columns stay aligned", async () => {
  await withPairs(async ({ path }) => {
    const { stdout } = await runCli(["status", "--config", path], { isTerminal: true });
    // deno-lint-ignore no-control-regex
    assert.equal(stdout.replaceAll(/\x1b\[\d+m/g, ""), table);
    const green = "\x1b[32m[########------------]  41%\x1b[0m";
    assert(stdout.includes(green));
    assert(stdout.includes("\x1b[33m[###################-]  99%\x1b[0m"));
    assert(stdout.includes("\x1b[31mEXPIRED\x1b[0m"));
    const plain = await runCli(["status", "--config", path], {
      isTerminal: true,
      environment: { NO_COLOR: "1" },
    });
    assert.equal(plain.stdout, table);
  });
});

Deno.test("certswap status --json prints everything known about every pair", async () => {
  await withPairs(async ({ path }) => {
    const { stdout } = await runCli(["status", "--config", path, "--json"]);
    const { time, pairs, errors } = JSON.parse(stdout);
    assert.equal(time, "2026-06-01T12:00:00Z");
    assert.deepEqual(
      pairs.map(({ name, active }: { name: string; active?: { condition: string } }) =>
        `${name} ${active?.condition}`
      ),
      ["web valid", "mqtt valid", "old expired", "none missing", "gone undefined"],
    );
    const [web, mqtt] = pairs;
    assert.equal(web.active.certificate.daysLeft, 213);
    assert.equal(web.owed, undefined);
    assert.deepEqual(mqtt.owed, { hook: true, probe: true, since: "2026-05-31T10:00:00Z" });
    assert.deepEqual(mqtt.renewal, {
      attempts: 1,
      lastAttempt: "2026-05-31T10:00:00Z",
      nextAttempt: "2026-06-01T14:00:00Z",
    });
    assert.equal(mqtt.lastSuccess, "2026-03-01T00:00:00Z");
    assert.deepEqual(mqtt.lastFailure, { at: "2026-05-31T10:00:00Z", code: "issuer-failed" });
    assert.deepEqual(mqtt.totals, { attempts: 3, failures: 2 });
    assert.deepEqual(errors.map(({ code }: { code: string }) => code), ["missing-directory"]);
  });
});

Deno.test("certswap status --name shows one pair, and what the next rotation has to finish", async () => {
  await withPairs(async ({ path }) => {
    const { exit, stdout } = await runCli(["status", "--config", path, "--name", "mqtt"], {
      isTerminal: true,
    });
    assert.equal(exit, 0);
    assert.match(stdout, /^Active pair: .*valid/);
    assert(stdout.includes("\x1b[33m[###################-]\x1b[0m 99% used, 23 hours left\n"));
    assert.match(stdout, /Last success: +2026-03-01T00:00:00Z \(including hooks and probes\)\n/);
    assert.match(stdout, /Last failure: +2026-05-31T10:00:00Z\n/);
    assert.match(stdout, /The hook has been pending since/);
  });
});

Deno.test("certswap status --metrics writes them for node_exporter", async () => {
  await withPairs(async ({ root, path }) => {
    const file = join(root, "certswap.prom");
    const words = ["status", "--config", path, "--metrics", file];
    assert.equal((await runCli(words)).stdout, table);
    const metrics = Deno.readTextFileSync(file);
    assert.match(metrics, /^certswap_hook_owed\{pair="mqtt"\} 1$/m);
    assert.match(metrics, /^certswap_pair_usable\{pair="gone"\} 0$/m);
    assert.match(metrics, /^certswap_failures_total\{pair="mqtt"\} 2$/m);

    const one = await runCli([...words, "--name", "web"]);
    assert.equal(one.exit, 2);
    assert.match(one.stderr, /--metrics covers every pair/);
    const nowhere = await runCli(["status", "--config", path, "--metrics", "/missing/a.prom"]);
    assert.equal(nowhere.exit, 1);
    assert.match(nowhere.stderr, /\/missing/);
  });
});

Deno.test("status --metrics warns about a file that node_exporter does not read", async () => {
  await withPairs(async ({ root, path }) => {
    const words = ["status", "--config", path, "--metrics"];
    const { stderr } = await runCli([...words, join(root, "metrics.txt")]);
    assert.match(stderr, /^Warning: .*metrics\.txt does not end in \.prom, so node_exporter/m);
    assert.doesNotMatch((await runCli([...words, join(root, "a.prom")])).stderr, /node_exporter/);
  });
});

Deno.test("--metrics never overwrites another file, and names a missing directory", async () => {
  await withPairs(async ({ root, path }) => {
    Deno.copyFileSync(path, join(root, "certswap.toml.prom"));
    Deno.copyFileSync(join(root, "tls/key.pem"), join(root, "tls/key.prom"));
    for (const name of ["certswap.toml.prom", "tls/key.prom"]) {
      const before = Deno.readTextFileSync(join(root, name));
      const words = ["status", "--config", path, "--metrics", join(root, name)];
      const { exit, stderr } = await runCli(words);
      assert.equal(exit, 1);
      assert.match(
        stderr,
        /cannot write metrics to .*: the file contains something other than certswap's metrics/,
      );
      assert.equal(Deno.readTextFileSync(join(root, name)), before);
    }
    const missing = join(root, "nowhere/x.prom");
    const { stderr } = await runCli(["status", "--config", path, "--metrics", missing]);
    assert.match(stderr, /cannot create .*nowhere\/x\.prom: directory .*nowhere does not exist/);
    assert.match(stderr, /mkdir -p .*nowhere/);
  });
});

/** A state file in the directory of a configured pair. */
function putState(root: string, content: string | Uint8Array): void {
  const directory = join(root, "tls/.certswap");
  Deno.mkdirSync(directory, { mode: 0o700 });
  const path = join(directory, "cert.pem.state");
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
}

Deno.test("certswap status says of a failure that is over what failed, not its code", async () => {
  const { first } = await fleet();
  const lastFailure = { at, code: "transaction-failed", text: "cannot write /tls/key.pem" };
  await withConfiguration({
    "certswap.toml": '[pair.web]\ndir = "$ROOT/tls"\n',
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
  }, async ({ root, path }) => {
    putState(root, await encodeState({ lastFailure, other: {} }));
    const { stdout } = await runCli(["status", "--config", path, "--name", "web"]);
    assert.match(stdout, /Last failure: +2026-05-31T10:00:00Z: cannot write \/tls\/key\.pem\n/);
    assert.doesNotMatch(stdout, /transaction-failed/);
  });
});

Deno.test("certswap status claims no pending hook or probe if the state cannot be read", async () => {
  const { first } = await fleet();
  await withConfiguration({
    "certswap.toml": '[pair.web]\ndir = "$ROOT/tls"\n',
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
  }, async ({ root, path }) => {
    putState(root, "junk");
    for (const words of [[], ["--name", "web"]]) {
      const { stdout, stderr } = await runCli(["status", "--config", path, ...words]);
      assert.doesNotMatch(stdout, /pending since/);
      assert.match(stderr, /corrupt.*\nHint: If this pair has a hook or a probe/);
    }
    const { stderr } = await runCli(["status", "--config", path]);
    assert.match(stderr, /^Warning: pair web: .*cert\.pem\.state is corrupt/);
  });
});
