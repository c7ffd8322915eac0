/** `certswap status` and `status --check` about what makes every rotation fail, and the line of `rotate`. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

const day = 24 * 3600 * 1000;
const begin = new Date("2026-06-01T12:00:00Z");

const pair = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
trust = "$ROOT/ca/ca.crt"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["$ROOT/bin/reload"] }
`;

/** A device with a pair that was rotated, at a time after that. */
async function withRotated(
  work: (device: {
    readonly root: string;
    readonly run: (days: number, ...words: string[]) => ReturnType<typeof runCli>;
  }) => Promise<void>,
): Promise<void> {
  const files = { "certswap.toml": pair, "bin/reload": "#!/bin/sh\nexit 0\n" };
  await withConfiguration(files, async ({ root, path }) => {
    Deno.chmodSync(join(root, "bin/reload"), 0o755);
    const run = (days: number, ...words: string[]): ReturnType<typeof runCli> => {
      const now = new Date(begin.getTime() + days * day);
      return runCli([...words, "--config", path], { system: testSystem({ now }) });
    };
    const ca = ["ca", "init", "--data-dir", join(root, "ca"), "--subject", "CN=Lab"];
    assert.equal((await runCli(ca, { system: testSystem({ now: begin }) })).exit, 0);
    assert.equal((await run(0, "rotate")).exit, 0);
    await work({ root, run });
  });
}

for (const place of ["tls", "ca", "bin", "bin/reload"]) {
  Deno.test(`status and its check report that every user can write ${place}, as rotate does`, async () => {
    await withRotated(async ({ root, run }) => {
      assert.match((await run(1, "status", "--check")).stdout, /^CERTSWAP OK/);
      const path = join(root, place);
      Deno.chmodSync(path, 0o777);
      const rotated = await run(1, "rotate");
      assert.equal(rotated.exit, 1);
      assert.match(
        rotated.stderr,
        /^NOTICE: pair web: FAILING: cannot use .*other users .*\. The certificate expires at 2026-08-30/m,
      );
      for (const words of [["status"], ["status", "--name", "web"]]) {
        const { stdout, stderr } = await run(1, ...words);
        assert.ok(stdout.includes(`Every rotation fails: other users can change ${path}.`), stdout);
        assert.match(stderr, /^Warning: (?:pair web: )?cannot use .*other users can /m);
      }
      const { pairs: [web] } = JSON.parse((await run(1, "status", "--json")).stdout);
      assert.deepEqual(web.blocked, { reason: "untrusted", path });
      const metrics = join(root, "certswap.prom");
      await run(1, "status", "--metrics", metrics);
      assert.match(Deno.readTextFileSync(metrics), /^certswap_renewal_blocked\{pair="web"\} 1$/m);
      for (
        const [days, exit, state] of [[1, 1, "WARNING"], [70, 1, "WARNING"], [85, 2, "CRITICAL"]]
      ) {
        const checked = await run(Number(days), "status", "--check");
        assert.match(
          checked.stdout,
          new RegExp(`^CERTSWAP ${state} - .*cannot use ${path}.*other users can `),
        );
        assert.equal(checked.exit, exit);
      }
    });
  });
}

Deno.test("a pair whose directory must be mounted, and is not, is not called unreadable", async () => {
  const text = pair.replace("hook =", 'requires_mount = ["$ROOT/tls"]\nhook =');
  await withConfiguration({ "certswap.toml": text }, async ({ path }) => {
    const run = (...words: string[]): ReturnType<typeof runCli> =>
      runCli([...words, "--config", path]);
    assert.match((await run("status")).stdout, /^web +NOT MOUNTED$/m);
    const { exit, stdout } = await run("status", "--check");
    assert.match(stdout, /^CERTSWAP CRITICAL - .*not mounted|not a mount point/);
    assert.equal(exit, 2);
    const { stderr } = await run("rotate");
    assert.match(stderr, /^CRITICAL: pair web: FAILING: .*\. The active pair was not examined\. /m);
  });
});

Deno.test("status --check says why renewal fails if there is no pair, and status what to do", async () => {
  await withConfiguration(
    { "certswap.toml": pair.replace(/trust = .*\n|hook = .*\n/g, "") },
    async ({ path }) => {
      const run = (...words: string[]): ReturnType<typeof runCli> =>
        runCli([...words, "--config", path]);
      assert.match(
        (await run("status")).stdout,
        /The next 'certswap rotate' requests a new pair\./,
      );
      assert.equal((await run("rotate")).exit, 1);
      assert.match(
        (await run("status", "--check")).stdout,
        /CRITICAL - web: the active pair is missing; renewal failing since \S+ \(1 failure\): cannot find /,
      );
    },
  );
});
