/** The log and the metrics of a rotation. */
import assert from "node:assert/strict";
import { readStatus } from "../../../lib/device/status/status.ts";
import { denoSystem, join } from "../../../lib/system/mod.ts";
import { type TestConfiguration, withConfiguration } from "../../support/configuration.ts";
import { type Run, runCli, testSystem } from "../../support/test_world.ts";

const system = testSystem({ processes: denoSystem.processes });

/** A CA, a pair `web` with this CA as issuer, and a pair `gone` that cannot be rotated. */
async function withIssuer(
  hook: string,
  work: (configuration: TestConfiguration) => Promise<void>,
): Promise<void> {
  const text = `metrics = "$ROOT/certswap.prom"
[pair.web]
dir = "$ROOT/tls"
subject = "CN=device.example"
names = ["DNS:device.example"]
issuer = { kind = "local", data_dir = "$ROOT/ca" }
hook = { command = ${hook} }
[pair.gone]
dir = "$ROOT/missing"
issuer = { kind = "local", data_dir = "$ROOT/ca" }
`;
  await withConfiguration({ "certswap.toml": text }, async (configuration) => {
    const ca = ["--data-dir", join(configuration.root, "ca")];
    assert.equal((await run(["ca", "init", ...ca, "--subject", "CN=Test CA"])).exit, 0);
    await work(configuration);
  });
}

function run(words: readonly string[]): Promise<Run> {
  return runCli(words, { system });
}

function linesOf(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("certswap rotate --log json prints one line per event, and nothing else", async () => {
  await withIssuer('["true"]', async ({ path, tls }) => {
    const { exit, stdout, stderr } = await run(["rotate", "--config", path, "--log", "json"]);
    assert.equal(exit, 1, "the other pair has failed");
    assert.match(stdout, /^Pair web rotated successfully\./);
    const lines = linesOf(stderr);
    assert.deepEqual(
      lines.map(({ pair, level, event }) => `${pair} ${level} ${event}`),
      [
        "web info due",
        "web info request-made",
        "web info asking-issuer",
        "web info swapped",
        "web info hook-succeeded",
        "web info done",
        "gone error failed",
        "gone error attention",
      ],
    );
    for (const { time } of lines) assert.match(String(time), /^2026-06-01T12:00:00Z$/);
    const { active } = await readStatus(system, {
      certificate: join(tls, "cert.pem"),
      key: join(tls, "key.pem"),
    });
    const swapped = lines[3];
    assert.equal(swapped?.["serial"], active.certificate?.serial);
    assert.equal(swapped?.["fingerprint"], active.certificate?.fingerprint);
    const failed = lines[6];
    assert.equal(failed?.["code"], "missing-directory");
    assert.match(String(failed?.["message"]), /directory .* does not exist/);
    assert.doesNotMatch(stderr + stdout, /PRIVATE KEY/);
  });
});

Deno.test("certswap rotate writes the configured metrics, or warns", async () => {
  await withIssuer('["false"]', async ({ root, path }) => {
    const file = join(root, "certswap.prom");
    const owed = await run(["rotate", "--config", path, "--name", "web"]);
    assert.equal(owed.exit, 5);
    const metrics = Deno.readTextFileSync(file);
    assert.match(metrics, /^certswap_pair_usable\{pair="web"\} 1$/m);
    assert.match(metrics, /^certswap_hook_owed\{pair="web"\} 1$/m);
    assert.match(metrics, /^certswap_attempts_total\{pair="web"\} 1$/m);
    assert.match(metrics, /^certswap_pair_usable\{pair="gone"\} 0$/m);

    const other = join(root, "other.prom");
    await run(["rotate", "--config", path, "--name", "web", "--metrics", other]);
    assert.match(Deno.readTextFileSync(other), /^certswap_hook_owed\{pair="web"\} 1$/m);

    const nowhere = ["--metrics", join(root, "missing/a.prom")];
    const words = ["rotate", "--config", path, "--name", "web", ...nowhere];
    const warned = await run(words);
    assert.equal(warned.exit, 5, "the exit code is that of the pair");
    assert.match(warned.stderr, /^Warning: .*missing/m);
    const logged = linesOf((await run([...words, "--log", "json"])).stderr);
    assert.deepEqual(
      logged.map(({ level, event, pair }) => `${pair} ${level} ${event}`),
      ["web error hook-failed", "web warning attention", "undefined warning warning"],
    );
  });
});
