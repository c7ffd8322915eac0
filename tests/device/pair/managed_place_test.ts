/** Files of certbot's archive, which certswap must not overwrite through the links that lead there. */
import assert from "node:assert/strict";
import { planSwap, swap } from "../../../lib/device/change/swap.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { checkConfiguration } from "../../../lib/device/configuration/mod.ts";
import { prepareCopy } from "../../../lib/device/output/mod.ts";
import { readStatus } from "../../../lib/device/status/status.ts";
import { join } from "../../../lib/system/mod.ts";
import { type Device, fleet, strict, swapDefaults, withDevice } from "../../support/device.ts";
import { outputIn } from "../../support/outputs.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { runCli, testSystem } from "../../support/test_world.ts";

const system = testSystem();

/** A directory as certbot makes it: archive/web/ with files, live/web/ with links to them. */
async function withCertbot(
  work: (device: Device, paths: { certificate: string; key: string }) => Promise<void>,
): Promise<void> {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const [archive, live] = [join(device.root, "archive/web"), join(device.root, "live/web")];
    for (const path of [archive, live]) Deno.mkdirSync(path, { recursive: true });
    const files = { cert: first.certificatePem, fullchain: first.chainPem, privkey: first.keyPem };
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(join(archive, `${name}3.pem`), text);
      Deno.symlinkSync(`../../archive/web/${name}3.pem`, join(live, `${name}.pem`));
    }
    await work(device, {
      certificate: join(live, "fullchain.pem"),
      key: join(live, "privkey.pem"),
    });
  });
}

Deno.test("no change follows a link into certbot's archive", async () => {
  const { second } = await fleet();
  await withCertbot(async (device, paths) => {
    const options = { ...swapDefaults, newPair: device.give("second", second) };
    const before = readTree(device.root);
    const expected = {
      code: "certbot-archive",
      path: paths.certificate,
      archived: join(device.root, "archive/web/fullchain3.pem"),
    };
    await assert.rejects(swap(system, paths, options), expected);
    await assert.rejects(planSwap(system, paths, options), expected);
    await assert.rejects(stage(system, paths, { ...strict, ...options }), expected);
    const output = outputIn(device, "../live/web/cert.pem", { contains: ["certificate"] });
    await assert.rejects(swap(system, { ...device.paths, outputs: [output] }, options), {
      code: "certbot-archive",
    });
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("a change of a pair in certbot's archive says how to hand it over", async () => {
  const { second } = await fleet();
  await withCertbot(async (device, { certificate, key }) => {
    const given = device.give("second", second);
    const { exit, stderr } = await runCli([
      ...["swap", "--cert", certificate, "--key", key],
      ...["--new-cert", given.certificate, "--new-key", given.key],
    ]);
    assert.equal(exit, 1);
    assert.match(stderr, /is a link into certbot's archive/);
    assert.match(stderr, /cp --remove-destination/);
  });
});

Deno.test("status and export read a pair through the links to certbot's archive", async () => {
  await withCertbot(async (device, paths) => {
    const { active } = await readStatus(system, paths);
    assert.equal(active.condition, "valid");
    const { first } = await fleet();
    const { content } = await prepareCopy(system, paths, {
      format: "pem",
      contains: ["key"],
      out: join(device.root, "copy.pem"),
      profile: "modern",
    });
    assert.equal(new TextDecoder().decode(content), first.keyPem);
  });
});

Deno.test("files that replaced the links are a pair like any other", async () => {
  const { second } = await fleet();
  await withCertbot(async (device, paths) => {
    for (const path of Object.values(paths)) {
      const content = Deno.readTextFileSync(path);
      Deno.removeSync(path);
      Deno.writeTextFileSync(path, content);
    }
    await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.equal(Deno.readTextFileSync(paths.certificate), second.chainPem);
  });
});

Deno.test("config check reports links into certbot's archive, with their lines", async () => {
  await withCertbot(async (device, { certificate, key }) => {
    const path = join(device.root, "certswap.toml");
    Deno.writeTextFileSync(
      path,
      `[pair.web]\ncertificate = "${certificate}"\nkey = "${key}"\n`,
    );
    await assert.rejects(checkConfiguration(system, path), (error) => {
      const { problems } = error as { problems: readonly { line: number; mistake: unknown }[] };
      assert.deepEqual(
        problems.map((
          { line, mistake },
        ) => [line, (mistake as { cause: { code: string } }).cause.code]),
        [[2, "certbot-archive"], [3, "certbot-archive"]],
      );
      return true;
    });
  });
});
