/** The output of stage, swap, rollback, recover and status. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet, hidden, withDevice } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

Deno.test("certswap prints each step of stage, swap, status, rollback", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const pair = ["--dir", device.tls];
    const old = device.give("first", first);
    const next = device.give("second", second);

    const firstSwap = await runCli([
      ...["swap", ...pair, "--new-cert", old.certificate, "--new-key", old.key],
    ]);
    assert.equal(firstSwap.exit, 0);
    assert.match(
      firstSwap.stdout,
      /^Pair swapped in successfully\.\n {2}Subject: +CN=device\.example/,
    );
    assert.doesNotMatch(firstSwap.stdout, /Replaced/);

    const staged = await runCli([
      ...["stage", ...pair, "--new-cert", next.certificate, "--new-key", next.key],
    ]);
    assert.equal(staged.exit, 0);
    const command = `certswap swap --dir ${device.tls}\n`;
    assert.ok(staged.stdout.startsWith("Pair staged successfully. "), staged.stdout);
    assert.ok(staged.stdout.includes(` To activate it: ${command}`), staged.stdout);
    assert.match(firstSwap.stdout, /\nNow reload the service that uses the pair\.\n$/);

    const status = await runCli(["status", ...pair]);
    assert.equal(status.exit, 0);
    assert.match(status.stdout, /^Active pair: valid\n/);
    assert.match(status.stdout, /Lifetime: +\[#{8}-{12}\] 41% used, 213 days left\n/);
    assert.match(status.stdout, /\nPending pair: valid\n/);
    assert.match(status.stdout, /\nPrevious pair: none\n/);

    const [pendingKey, aside] = [`${device.tls}/.key.pem.certswap.pending`, `${device.tls}/aside`];
    Deno.renameSync(pendingKey, aside);
    const half = await runCli(["swap", ...pair]);
    assert.equal(half.exit, 1);
    assert.match(
      half.stderr,
      /the pending pair for .*cert\.pem is incomplete: .*\.pending is missing/,
    );
    assert.match(half.stderr, /Stage it again/);
    Deno.renameSync(aside, pendingKey);

    const swapped = await runCli(["swap", ...pair, "--keep-previous"]);
    assert.equal(swapped.exit, 0);
    assert.match(swapped.stdout, /Replaced: .*kept for 'certswap rollback'/);
    assert.equal(device.read("key.pem"), second.keyPem);

    const back = await runCli(["rollback", ...pair]);
    assert.equal(back.exit, 0);
    assert.match(back.stdout, /^Rolled back to the previous pair\./);
    assert.match(back.stdout, /Replaced: .*; not kept/);
    assert.match(back.stdout, /\nNow reload the service that uses the pair\.\n$/);
    assert.equal(device.read("key.pem"), first.keyPem);

    for (const { stdout, stderr } of [firstSwap, staged, status, swapped, back]) {
      assert.equal(stderr, "");
      assert.doesNotMatch(stdout, /PRIVATE KEY/);
    }
  });
});

Deno.test("commands for a configured pair name it in what is to be run next", async () => {
  const { first, second } = await fleet();
  const text = '[pair.web]\ndir = "$ROOT/tls"\nhook = { command = ["reload", "it"] }\n';
  await withConfiguration({
    "certswap it's.toml": text,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
    "new.pem": second.chainPem,
    "new-key.pem": second.keyPem,
  }, async ({ root }) => {
    const config = join(root, "certswap it's.toml");
    Deno.writeTextFileSync(config, text.replace("$ROOT", root));
    const pair = ["--name", "web", "--config", config];
    const files = ["--new-cert", join(root, "new.pem"), "--new-key", join(root, "new-key.pem")];
    const staged = await runCli(["stage", ...pair, ...files]);
    const quoted = config.replace("'", "'\\''");
    const next = `it: certswap swap --name web --config '${quoted}'\n`;
    assert.ok(staged.stdout.includes(next), staged.stdout + staged.stderr);
    const swapped = await runCli(["swap", ...pair]);
    const reload = /\nNow reload the service \(hooks are run only by 'rotate'\): reload it\n$/;
    assert.match(swapped.stdout, reload);
    const again = await runCli(["swap", ...pair, ...files]);
    assert.doesNotMatch(again.stdout, /reload/, "nothing was changed");
  });
});

Deno.test("certswap swap --json prints the active and the replaced certificate", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { certificate, key } = device.give("second", second);
    const { stdout } = await runCli([
      ...["swap", "--dir", device.tls, "--new-cert", certificate, "--new-key", key, "--json"],
    ]);
    const report = JSON.parse(stdout);
    assert.equal(report.changed, true);
    assert.equal(report.dryRun, false);
    assert.equal(report.certificate.notBefore, "2026-02-01T00:00:00Z");
    assert.equal(report.replaced.notBefore, "2026-01-01T00:00:00Z");
    assert.equal(report.keptPrevious, false);
    assert.equal(report.recovery.outcome, "clean");
    assert.deepEqual(report.warnings, []);
  });
});

Deno.test("certswap --dry-run of every changing command prints the changes and makes none", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { certificate, key } = device.give("second", second);
    const pair = ["--dir", device.tls];
    const files = ["--new-cert", certificate, "--new-key", key];
    await runCli(["swap", ...pair, ...files, "--keep-previous"]);
    const before = readTree(device.root);
    const lines = async (...words: string[]) =>
      (await runCli([...words, ...pair, "--dry-run"])).stdout.split("\n").length;
    assert.ok(await lines("stage", ...files) > 2);
    assert.ok(await lines("rollback") > 2);
    const idle = await runCli(["swap", ...pair, ...files, "--dry-run", "--json"]);
    assert.deepEqual(JSON.parse(idle.stdout).changes, []);
    assert.deepEqual((await runCli(["recover", ...pair, "--dry-run"])).exit, 0);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("certswap status exits 1 if the active pair is missing, mismatched or expired", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const words = ["status", "--dir", device.tls];
    const missing = await runCli(words);
    assert.equal(missing.exit, 1);
    assert.match(missing.stdout, /^Active pair: MISSING\n/);
    device.activate({ ...first, keyPem: second.keyPem });
    const mismatched = await runCli(words);
    assert.equal(mismatched.exit, 1);
    assert.match(mismatched.stdout, /^Active pair: BROKEN\n/);
    assert.match(mismatched.stderr, /Warning: .*the key does not match the certificate/);
    device.activate(first);
    assert.equal((await runCli(words)).exit, 0);
    const expired = await runCli(words, {
      system: testSystem({ now: new Date("2027-06-01T00:00:00Z") }),
    });
    assert.equal(expired.exit, 1);
    assert.match(expired.stdout, /^Active pair: EXPIRED\n/);
    assert.match(expired.stdout, /100% used, none left/);
  });
});

Deno.test("certswap status --json prints why a pair is broken, and what recovery would do", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.removeSync(device.paths.key);
    Deno.writeTextFileSync(join(device.tls, hidden.pendingKey), first.keyPem);
    const { stdout } = await runCli(["status", "--dir", device.tls, "--json"]);
    const { active, recovery, pending, time } = JSON.parse(stdout);
    assert.equal(active.condition, "broken");
    assert.equal(active.defect, "key-missing");
    assert.equal(active.certificate.subject, "CN=device.example");
    assert.equal(pending.condition, "broken");
    assert.equal(recovery.outcome, "clean", "half a pending pair is not removed");
    assert.equal(time, "2026-06-01T12:00:00Z");
  });
});

Deno.test("certswap recover prints what it removed", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.mkdirSync(join(device.tls, ".certswap"), { mode: 0o700 });
    Deno.writeTextFileSync(join(device.tls, ".key.pem.certswap.tmp"), first.keyPem);
    const words = ["recover", "--dir", device.tls];
    const plan = await runCli([...words, "--dry-run"]);
    assert.match(plan.stdout, /^Recovery would remove .*\n {2}.*\.key\.pem\.certswap\.tmp\n$/);
    const { exit, stdout } = await runCli(words);
    assert.equal(exit, 0);
    assert.match(stdout, /^Recovered: .*\n {2}.*\.key\.pem\.certswap\.tmp\n$/);
  });
});

Deno.test("certswap swap and stage accept purposes by name, with commas or several times", async () => {
  const { authority } = await fleet();
  const pair = await authority.issue({ purposes: ["1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.8"] });
  await withDevice(async (device) => {
    const { certificate, key } = device.give("new", pair);
    const words = ["--dir", device.tls, "--new-cert", certificate, "--new-key", key];
    const staged = await runCli(["stage", ...words, "--purpose", "codeSigning,timeStamping"]);
    assert.equal(staged.exit, 0, staged.stderr);
    const several = ["--purpose", "codeSigning", "--purpose", "1.3.6.1.5.5.7.3.8"];
    const swapped = await runCli(["swap", "--dir", device.tls, ...several]);
    assert.equal(swapped.exit, 0, swapped.stderr);
    const refused = await runCli(["swap", ...words, "--purpose", "codeSigning,serverAuth"]);
    assert.equal(refused.exit, 1);
    assert.match(refused.stderr, /does not allow serverAuth \(extendedKeyUsage: codeSigning, time/);
    const mistyped = await runCli(["swap", ...words, "--purpose", "server"]);
    assert.equal(mistyped.exit, 2);
    assert.match(mistyped.stderr, /--purpose: 'server' is not a certificate purpose/);
    assert.match(mistyped.stderr, /Write serverAuth, clientAuth, .* or a dotted object identifier/);
  });
});

Deno.test("certswap swap --name uses the configured purposes, unless --purpose gives others", async () => {
  const { authority } = await fleet();
  const pair = await authority.issue({ purposes: ["1.3.6.1.5.5.7.3.3"] });
  await withDevice(async (device) => {
    const config = join(device.root, "certswap.toml");
    const text = `[pair.web]\ndir = "${device.tls}"\npurposes = ["codeSigning"]\n`;
    Deno.writeTextFileSync(config, text, { mode: 0o600 });
    const { certificate, key } = device.give("new", pair);
    const words = [
      "--name",
      "web",
      "--config",
      config,
      "--new-cert",
      certificate,
      "--new-key",
      key,
    ];
    const other = await runCli(["swap", ...words, "--purpose", "serverAuth"]);
    assert.match(other.stderr, /does not allow serverAuth/);
    const { exit, stderr } = await runCli(["swap", ...words]);
    assert.equal(exit, 0, stderr);
  });
});
