/** A file of a newer version of certswap is left unchanged, and commands that would replace it report it. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { type Device, deviceIn, fleet } from "../../support/device.ts";
import { readTree, withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli } from "../../support/test_world.ts";

const configuration = `[pair.web]
certificate = "$ROOT/tls/cert.pem"
key = "$ROOT/KEYS/key.pem"
trust = "$ROOT/trust.pem"
issuer = { kind = "command", command = ["/bin/false"] }
`;

const newer = `{\n  "version": 99,\n  "owed": "in another form"\n}\n`;

/** A configured pair with a state file of a newer version, and a pair to swap in. */
async function withNewerState(
  { keys, path }: { readonly keys: "tls" | "keys"; readonly path: string },
  work: (world: {
    readonly device: Device;
    readonly run: (...words: string[]) => ReturnType<typeof runCli>;
    readonly newer: string;
    readonly given: readonly string[];
  }) => Promise<void>,
): Promise<void> {
  const { authority, first, second } = await fleet();
  const texts = {
    "certswap.toml": configuration.replace("KEYS", keys),
    "trust.pem": authority.certificatePem,
    "keys/x": "",
  };
  await withConfiguration(texts, async ({ root, path: config }) => {
    const device = deviceIn(root);
    device.activate(first);
    if (keys === "keys") Deno.renameSync(join(device.tls, "key.pem"), join(root, "keys/key.pem"));
    const { certificate, key } = device.give("new", second);
    const run = (...words: string[]) => runCli([...words, "--config", config]);
    Deno.mkdirSync(join(device.tls, ".certswap"), { mode: 0o700 });
    Deno.writeTextFileSync(join(root, path), newer, { mode: 0o600 });
    const given = ["--new-cert", certificate, "--new-key", key];
    await work({ device, run, newer: join(root, path), given });
  });
}

const state = { keys: "tls", path: "tls/.certswap/cert.pem.state" } as const;
const record = { keys: "keys", path: "keys/.key.pem.certswap.known" } as const;

for (const [what, at] of [["state file", state], ["record beside the key", record]] as const) {
  for (
    const words of [
      ["swap", "--name", "web", "GIVEN"],
      ["swap", "--name", "web", "GIVEN", "--dry-run"],
      ["stage", "--name", "web", "GIVEN"],
      ["recover", "--name", "web"],
      ["recover", "--name", "web", "--dry-run"],
      ["recover"],
      ["rotate"],
      ["rotate", "--force"],
    ]
  ) {
    const line = words.join(" ");
    Deno.test(`'${line}' refuses a ${what} of a newer version, and changes nothing`, async () => {
      await withNewerState(at, async ({ device, run, newer, given }) => {
        const before = filesBeside(device);
        for (const _twice of [1, 2]) {
          const { exit, stderr } = await run(...words.flatMap((w) => w === "GIVEN" ? given : [w]));
          assert.equal(exit, 1, stderr);
          assert.equal(stderr.match(/^Error: .* a newer version of certswap/gm)?.length, 1, stderr);
          assert.doesNotMatch(stderr, /^Warning: /m);
          assert.match(stderr, /format 99; this version supports format 1/);
          assert.match(stderr, new RegExp(`Update certswap\\. .*rm ${newer}`));
        }
        assert.deepEqual(filesBeside(device), before);
      });
    });
  }

  Deno.test(`status shows a pair with a ${what} of a newer version, and warns`, async () => {
    await withNewerState(at, async ({ run }) => {
      const { exit, stdout, stderr } = await run("status", "--name", "web");
      assert.match(stdout, /^Active pair: valid\n/);
      assert.equal(stderr.split("a newer version of certswap").length, 2, stderr);
      assert.equal(exit, 0);
      const check = await run("status", "--check");
      assert.match(check.stdout, /^CERTSWAP WARNING - .*a newer version of certswap/);
      assert.equal(check.exit, 1);
    });
  });
}

Deno.test("rotate refuses a newer record next to the key, even if it has nothing to write", async () => {
  await withNewerState(record, async ({ device, run, newer }) => {
    const text = Deno.readTextFileSync(newer);
    Deno.removeSync(newer);
    assert.equal((await run("rotate")).exit, 0);
    Deno.writeTextFileSync(newer, text);
    const before = readTree(device.root);
    const { exit, stderr } = await run("rotate");
    assert.match(stderr, /^Error: pair web: .* a newer version of certswap/);
    assert.equal(exit, 1);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("a file without a newer version number is corrupt, and is replaced", async () => {
  for (const text of ["{}", `{"version": 0}`, `{"version": "99"}`, `{"version": null}`, "[99]"]) {
    await withNewerState(state, async ({ run, newer, given }) => {
      Deno.writeTextFileSync(newer, text);
      const { exit, stderr } = await run("swap", "--name", "web", ...given);
      assert.match(stderr, /is corrupt/);
      assert.equal(exit, 0);
      assert.match(Deno.readTextFileSync(newer), /"version": 1,/);
    });
  }
});

/** All files except the locks, which contain nothing of the pair. */
function filesBeside({ root }: Device): string[] {
  return readTree(root).filter((line) => !line.includes(".lock "));
}

Deno.test("a file that this version does not know in a CA's directory is left alone", async () => {
  await withTemporaryDirectory(async (root) => {
    const directory = join(root, "ca");
    const ca = async (...words: readonly string[]) =>
      await runCli(["ca", ...words, "--data-dir", directory]);
    await ca("init", "--subject", "CN=Lab");
    Deno.writeTextFileSync(join(directory, "ca.future"), "profile = 'x'\n");
    for (const words of [["crl"], ["list"], ["recover"], ["check", "--repair"]]) {
      assert.equal((await ca(...words)).exit, 0, words.join(" "));
    }
    assert.equal(Deno.readTextFileSync(join(directory, "ca.future")), "profile = 'x'\n");
  });
});
