/** Links into certbot's archive: what they lead to is never overwritten. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withConfiguration } from "../../support/configuration.ts";
import { fleet } from "../../support/device.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { type Run, runCli } from "../../support/test_world.ts";

/** A directory as certbot keeps it, and a configuration that names its `live` directory. */
interface Taken {
  readonly root: string;
  readonly live: string;
  readonly archive: string;
  /** Runs certswap with the configuration. */
  certswap(...words: string[]): Promise<Run>;
  /** The flags that name a new pair. */
  readonly newPair: readonly string[];
}

async function withCertbot(work: (taken: Taken) => Promise<void>): Promise<void> {
  const { first, second, authority } = await fleet();
  const texts = {
    "certswap.toml": `[pair.web]
layout = "certbot"
dir = "$ROOT/live/web"
trust = "$ROOT/ca.crt"
issuer = { kind = "command", command = ["/bin/false"] }
`,
    "ca.crt": authority.certificatePem,
    "new.crt": second.chainPem,
    "new.key": second.keyPem,
    "archive/web/privkey1.pem": first.keyPem,
    "archive/web/fullchain1.pem": first.chainPem,
    "archive/web/cert1.pem": first.certificatePem,
    "archive/web/chain1.pem": first.chainPem.slice(first.certificatePem.length),
    "live/web/README": "",
  };
  await withConfiguration(texts, async ({ root, path }) => {
    for (const name of ["new.key", "archive/web/privkey1.pem"]) {
      Deno.chmodSync(join(root, name), 0o600);
    }
    const [live, archive] = [join(root, "live/web"), join(root, "archive/web")];
    for (const name of ["privkey", "fullchain", "cert", "chain"]) {
      Deno.symlinkSync(`../../archive/web/${name}1.pem`, join(live, `${name}.pem`));
    }
    await work({
      root,
      live,
      archive,
      certswap: (...words) => runCli([...words, "--config", path]),
      newPair: ["--new-cert", join(root, "new.crt"), "--new-key", join(root, "new.key")],
    });
  });
}

Deno.test("no change follows a link into certbot's archive, and config check names it", async () => {
  await withCertbot(async ({ live, archive, certswap, newPair }) => {
    const before = readTree(archive);
    const refused = new RegExp(
      `${live}/fullchain\\.pem is a link into certbot's archive: certswap would overwrite ` +
        `${archive}/fullchain1\\.pem`,
    );
    const changes = [
      ["swap", "--name", "web", ...newPair],
      ["stage", "--name", "web", ...newPair],
      ["rollback", "--name", "web"],
      ["rotate"],
      ["rotate", "--force"],
    ];
    for (const words of changes) {
      const { exit, stderr } = await certswap(...words);
      assert.equal(exit, 1, words.join(" "));
      assert.match(stderr, refused);
      assert.match(stderr, /cp --remove-destination/);
    }
    const checked = await certswap("config", "check");
    assert.equal(checked.exit, 2);
    assert.match(checked.stderr, refused);
    assert.deepEqual(readTree(archive), before);
  });
});

Deno.test("a dry run refuses a link into certbot's archive, as the change would", async () => {
  await withCertbot(async ({ certswap, newPair }) => {
    for (const words of [["swap", "--name", "web", ...newPair], ["rotate"]]) {
      const { exit, stderr } = await certswap(...words, "--dry-run");
      assert.equal(exit, 1, stderr);
      assert.match(stderr, /is a link into certbot's archive/);
    }
  });
});

Deno.test("status, export and recover work on certbot's links", async () => {
  await withCertbot(async ({ root, certswap }) => {
    const copy = ["export", "--name", "web", "--format", "pem", "--contains", "chain"];
    for (
      const words of [
        ["status", "--name", "web"],
        ["recover", "--name", "web"],
        [...copy, "--out", join(root, "copy.pem")],
      ]
    ) {
      const { exit, stderr } = await certswap(...words);
      assert.equal(exit, 0, `${words}: ${stderr}`);
    }
  });
});

Deno.test("after the links have become files, a change leaves certbot's archive as it was", async () => {
  await withCertbot(async ({ live, archive, certswap, newPair }) => {
    const before = readTree(archive);
    for (const name of ["privkey", "fullchain", "cert", "chain"]) {
      const link = join(live, `${name}.pem`);
      const content = Deno.readFileSync(link);
      Deno.removeSync(link);
      Deno.writeFileSync(link, content, { mode: name === "privkey" ? 0o600 : 0o644 });
    }
    const { exit, stderr } = await certswap("swap", "--name", "web", ...newPair);
    assert.equal(exit, 0, stderr);
    assert.deepEqual(readTree(archive), before);
    assert.equal(
      Deno.readTextFileSync(join(live, "fullchain.pem")),
      Deno.readTextFileSync(newPair[1] ?? ""),
    );
  });
});

Deno.test("a file of the archive that is named itself is changed", async () => {
  await withCertbot(async ({ archive, newPair }) => {
    const { exit, stderr } = await runCli([
      ...["swap", "--cert", join(archive, "fullchain1.pem")],
      ...["--key", join(archive, "privkey1.pem"), ...newPair],
    ]);
    assert.equal(exit, 0, stderr);
  });
});
