/** `certswap status` for a user who can read the certificate, but not the key or the state. */
import assert from "node:assert/strict";
import { denoFileSystem, FileSystemError, join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

/** A file system that denies access below these paths, as their modes would. */
function keptFrom(paths: readonly string[]) {
  const refuse = (path: string): void => {
    const isForbidden = paths.some((forbidden) =>
      path === forbidden || path.startsWith(`${forbidden}/`)
    );
    if (isForbidden) throw new FileSystemError("EACCES", "open", path);
  };
  return {
    ...denoFileSystem,
    openFile: (path: string) => (refuse(path), denoFileSystem.openFile(path)),
    openPromptly: async (path: string) => (refuse(path), await denoFileSystem.openPromptly(path)),
    readDirectory: (path: string) => (refuse(path), denoFileSystem.readDirectory(path)),
    stat(path: string) {
      // Mode 0700 refuses to search the directory.
      for (const forbidden of paths) {
        if (path.startsWith(`${forbidden}/`)) throw new FileSystemError("EACCES", "stat", path);
      }
      return denoFileSystem.stat(path);
    },
  };
}

async function withPairs(
  work: (world: {
    readonly tls: string;
    readonly path: string;
    readonly run: (
      words: readonly string[],
      forbidden: readonly string[],
      now?: Date,
    ) => ReturnType<typeof runCli>;
  }) => Promise<void>,
): Promise<void> {
  const { first, second } = await fleet();
  await withConfiguration({
    "certswap.toml": `[pair.web]\ndir = "$ROOT/tls"\n[pair.mail]\ndir = "$ROOT/mail"\n`,
    "tls/cert.pem": first.chainPem,
    "tls/key.pem": first.keyPem,
    "tls/.certswap/cert.pem.state": `{"version": 1}`,
    "mail/cert.pem": second.chainPem,
    "mail/key.pem": second.keyPem,
  }, async ({ path, tls }) => {
    await work({
      tls,
      path,
      run: (words, forbidden, now) =>
        runCli(["status", ...words], {
          system: testSystem({
            files: keptFrom(forbidden.map((name) => join(tls, name))),
            ...(now === undefined ? {} : { now }),
          }),
        }),
    });
  });
}

const later = new Date("2027-02-01T00:00:00Z");

Deno.test("status shows the certificate to a user who cannot read the rest, and says so", async () => {
  await withPairs(async ({ tls, run }) => {
    const { exit, stdout, stderr } = await run(["--dir", tls], ["key.pem", ".certswap"]);
    assert.equal(stderr, "");
    assert.match(stdout, /^Active certificate: valid\n/);
    assert.match(stdout, /^ +Not After: +2027-01-01T00:00:00Z$/m);
    assert.match(stdout, /^ +Lifetime: +\[#+-+\] 41% used, 213 days left$/m);
    assert.match(stdout, /\nNot checked: the key and the state \(permission denied\)\..*\n$/);
    assert.doesNotMatch(stdout, /^(?:Pending|Previous)/m);
    assert.equal(exit, 0);
    const expired = await run(["--dir", tls], ["key.pem", ".certswap"], later);
    assert.match(expired.stdout, /^Active certificate: EXPIRED\n/);
    assert.equal(expired.exit, 1);
  });
});

Deno.test("status shows the pair to a user who can read it, but not the state", async () => {
  await withPairs(async ({ tls, run }) => {
    const { exit, stdout, stderr } = await run(["--dir", tls], [".certswap"]);
    assert.equal(stderr, "");
    assert.match(stdout, /^Active pair: valid\n/);
    assert.match(stdout, /\nNot checked: the state \(permission denied\)/);
    assert.equal(exit, 0);
  });
});

Deno.test("status --json lists what this user cannot read", async () => {
  await withPairs(async ({ tls, run }) => {
    const { exit, stdout } = await run(["--dir", tls, "--json"], ["key.pem", ".certswap"]);
    const found = JSON.parse(stdout);
    assert.deepEqual(found.unread, ["key", "state"]);
    assert.equal(found.active.condition, "valid");
    assert.equal(found.active.certificate.notAfter, "2027-01-01T00:00:00Z");
    assert.deepEqual([found.pending, found.previous, found.recovery, exit], [
      undefined,
      undefined,
      undefined,
      0,
    ]);
  });
});

Deno.test("status of all pairs shows the public facts of a pair that this user cannot read", async () => {
  await withPairs(async ({ path, run }) => {
    const { exit, stdout, stderr } = await run(["--config", path], ["key.pem", ".certswap"]);
    assert.equal(stderr, "");
    assert.match(stdout, /^web +valid .* 213 days +2027-01-01T00:00:00Z\nmail +valid /m);
    assert.match(stdout, /\nNot checked: the key and the state \(permission denied\)\..*\n$/);
    assert.equal(exit, 0);
    const all = JSON.parse((await run(["--config", path, "--json"], ["key.pem"])).stdout);
    assert.deepEqual(
      all.pairs.map(({ name, unread }: { name: string; unread?: string[] }) => [
        name,
        unread,
      ]),
      [["web", ["key"]], ["mail", undefined]],
    );
  });
});

Deno.test("status fails for a user who cannot even read the certificate", async () => {
  await withPairs(async ({ tls, path, run }) => {
    const forbidden = ["key.pem", ".certswap", "cert.pem"];
    const one = await run(["--dir", tls], forbidden);
    assert.match(one.stderr, /^Error: cannot open .*cert\.pem: permission denied\nHint: /);
    assert.equal(one.exit, 1);
    const all = await run(["--config", path], forbidden);
    assert.match(all.stdout, /^web +UNREADABLE$/m);
    assert.match(all.stderr, /^Error: pair web: .*permission denied/);
    assert.equal(all.exit, 1);
  });
});
