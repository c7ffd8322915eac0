/** `certswap trust accept`, and what `rotate` and `status` say of a trust bundle from a file. */
import assert from "node:assert/strict";
import { fingerprintText } from "../../../lib/cli/text.ts";
import { join } from "../../../lib/system/mod.ts";
import { fleet, withDevice } from "../../support/device.ts";
import { makeSigner, type Signer } from "../../support/signer.ts";
import { nameOfRoot } from "../../support/trust_world.ts";
import { runCli } from "../../support/test_world.ts";

const old = await makeSigner("CN=Old Root");
const next = await makeSigner("CN=New Root");

/** A device with a pair, and a trust bundle from a file with these roots. */
async function withBundle(
  roots: readonly Signer[],
  work: (parts: {
    readonly bundle: string;
    run(...words: readonly string[]): ReturnType<typeof runCli>;
  }) => Promise<void>,
): Promise<void> {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { root, tls } = device;
    const bundle = join(root, "roots.pem");
    const write = (name: string, text: string): void => {
      Deno.writeTextFileSync(join(root, name), text);
      Deno.chmodSync(join(root, name), 0o644);
    };
    write("trust.pem", old.trust);
    write("source.pem", roots.map(({ trust }) => trust).join(""));
    write(
      "certswap.toml",
      `[pair.web]\ndir = "${tls}"\ntrust = "${root}/trust.pem"\n[pair.web.trust_bundle]\n` +
        `path = "${bundle}"\nsource = "file"\nfile = "${root}/source.pem"\nmode = "0640"\n`,
    );
    await work({
      bundle,
      run: (...words) => runCli([...words, "--config", join(root, "certswap.toml")]),
    });
  });
}

Deno.test("a root that nothing certifies is reported, and added by trust accept", async () => {
  const fingerprint = await nameOfRoot(next);
  const shown = fingerprintText(fingerprint);
  await withBundle([old, next], async ({ bundle, run }) => {
    const first = await run("rotate");
    assert.equal(first.exit, 0, first.stderr);
    assert.match(first.stdout, /Pair web: trust bundle .*roots\.pem created\./);
    assert.match(first.stderr, new RegExp(`${shown} \\(CN=New Root\\): no root`));
    assert.equal(Deno.readTextFileSync(bundle), old.trust);
    assert.equal(Deno.statSync(bundle).mode, 0o100640);
    const status = await run("status", "--name", "web");
    assert.match(status.stdout, /Trust bundle: 1 root, refreshed 20/);
    assert.match(
      status.stdout,
      new RegExp(`'certswap trust accept --name web --config .* ${shown}'`),
    );
    const accepted = await run("trust", "accept", `SHA256:${fingerprint.toUpperCase()}`);
    assert.equal(accepted.exit, 0, accepted.stderr);
    assert.match(accepted.stdout, new RegExp(`added    ${shown} \\(CN=New Root`));
    assert.equal(Deno.readTextFileSync(bundle), old.trust + next.trust);
    const again = await run("trust", "accept", `SHA256:${fingerprint}`);
    assert.match(again.stdout, /is already trusted/);
    const { pairs: [web] } = JSON.parse((await run("status", "--json")).stdout);
    assert.deepEqual(web.trust.offered, []);
    assert.deepEqual(
      web.trust.roots.map(({ subject }: { subject: string }) => subject),
      ["CN=Old Root", "CN=New Root"],
    );
  });
});

for (
  const [what, word, exit, expected] of [
    [
      "a word that is no fingerprint",
      "4f1c",
      2,
      /is not a SHA-256 fingerprint: expected 64 hexadecimal digits/,
    ],
    [
      "a root that the source does not have",
      `SHA256:${"ab".repeat(32)}`,
      1,
      /the source has no certificate with the fingerprint/,
    ],
  ] as const
) {
  Deno.test(`trust accept refuses ${what}`, async () => {
    await withBundle([old], async ({ run }) => {
      const refused = await run("trust", "accept", word);
      assert.equal(refused.exit, exit);
      assert.match(refused.stderr, expected);
    });
  });
}

Deno.test("trust accept without a pair that has a trust bundle says so", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const config = join(device.root, "certswap.toml");
    Deno.writeTextFileSync(config, `[pair.web]\ndir = "${device.tls}"\n`, { mode: 0o644 });
    const { exit, stderr } = await runCli([
      ...["trust", "accept", `SHA256:${"ab".repeat(32)}`, "--config", config],
    ]);
    assert.equal(exit, 1);
    assert.match(stderr, /no pair has a trust bundle/);
  });
});
