/** What `status` and `config check` say of a key that every user can read, and of a pair not yet valid. */
import assert from "node:assert/strict";
import { denoFileSystem, FileSystemError, join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { runCli, type RunOptions, testSystem } from "../../support/test_world.ts";

/** A configured pair below directories that every user can search. */
async function withOpenPair(
  work: (pair: {
    readonly tls: string;
    readonly key: string;
    run(...words: readonly string[]): ReturnType<typeof runCli>;
    runWith(options: RunOptions, ...words: readonly string[]): ReturnType<typeof runCli>;
  }) => Promise<void>,
): Promise<void> {
  const { first } = await fleet();
  await withConfiguration({
    "certswap.toml": '[pair.web]\ndir = "$ROOT/tls"\ncombined = "$ROOT/tls/all.pem"\n',
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
    "tls/all.pem": first.chainPem + first.keyPem,
  }, async ({ root, path }) => {
    const tls = join(root, "tls");
    Deno.chmodSync(root, 0o755);
    Deno.chmodSync(tls, 0o755);
    Deno.chmodSync(join(tls, "key.pem"), 0o640);
    Deno.chmodSync(join(tls, "all.pem"), 0o640);
    const runWith = async (options: RunOptions, ...words: readonly string[]) =>
      await runCli([...words, "--config", path], options);
    const run = async (...words: readonly string[]) => await runWith({}, ...words);
    await work({ tls, key: join(tls, "key.pem"), run, runWith });
  });
}

const lookers = [
  ["status"],
  ["status", "--name", "web"],
  ["status", "--check"],
  ["config", "check"],
];

for (const words of lookers) {
  const command = words.join(" ");

  Deno.test(`${command} warns of a key that every user can read, with the repair`, async () => {
    await withOpenPair(async ({ key, run }) => {
      Deno.chmodSync(key, 0o644);
      const { exit, stdout, stderr } = await run(...words);
      const said = stdout + stderr;
      assert.ok(said.includes(`every user can read the private key in ${key} (mode 0644)`), said);
      assert.ok(said.includes(`chmod o-rwx ${key}`), said);
      assert.equal(exit, words.includes("--check") ? 1 : 0);
    });
  });

  Deno.test(`${command} warns of a combined file that every user can read`, async () => {
    await withOpenPair(async ({ tls, run }) => {
      Deno.chmodSync(join(tls, "all.pem"), 0o646);
      const { stdout, stderr } = await run(...words);
      assert.ok(
        (stdout + stderr).includes(
          `every user can read and overwrite the private key in ${tls}/all`,
        ),
      );
    });
  });

  Deno.test(`${command} has nothing to say of a key that only its group can read`, async () => {
    await withOpenPair(async ({ run }) => {
      const { exit, stdout, stderr } = await run(...words);
      assert.doesNotMatch(stdout + stderr, /every user/);
      assert.equal(exit, 0);
    });
  });

  Deno.test(`${command} has nothing to say of a key in a directory that others cannot search`, async () => {
    await withOpenPair(async ({ key, tls, run }) => {
      Deno.chmodSync(key, 0o644);
      Deno.chmodSync(tls, 0o750);
      const { stdout, stderr } = await run(...words);
      assert.doesNotMatch(stdout + stderr, /every user/);
    });
  });
}

for (const words of lookers.slice(0, 3)) {
  Deno.test(`${words.join(" ")} also warns users who may not read the state`, async () => {
    await withOpenPair(async ({ key, tls, runWith }) => {
      Deno.chmodSync(key, 0o644);
      const stateDirectory = join(tls, ".certswap");
      const refuse = (path: string): void => {
        if (path.startsWith(stateDirectory)) throw new FileSystemError("EACCES", "stat", path);
      };
      const files = {
        ...denoFileSystem,
        stat: (path: string) => (refuse(path), denoFileSystem.stat(path)),
      };
      const { stdout, stderr } = await runWith({ system: testSystem({ files }) }, ...words);
      assert.match(stdout + stderr, /permission denied/);
      assert.ok((stdout + stderr).includes(`chmod o-rwx ${key}`), stdout + stderr);
    });
  });
}

Deno.test("status exits 1 for a pair that is not yet valid, and --check warns", async () => {
  await withOpenPair(async ({ runWith }) => {
    const system = testSystem({ now: new Date("2025-12-31T00:00:00Z") });
    for (const words of [["status"], ["status", "--name", "web"]]) {
      const { exit, stdout } = await runWith({ system }, ...words);
      assert.match(stdout, /NOT YET VALID/);
      assert.equal(exit, 1);
    }
    const { exit, stdout } = await runWith({ system }, "status", "--check");
    assert.match(stdout, /^CERTSWAP WARNING - .*not yet valid according to this device's clock/);
    assert.equal(exit, 1);
  });
});
