/** Serial numbers have the same form in all output, so that outputs can be joined. */
import assert from "node:assert/strict";
import { denoSystem, join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/mod.ts";
import { withConfiguration } from "../support/configuration.ts";
import { fleet, withDevice } from "../support/device.ts";
import { withCa } from "../support/ca.ts";
import { runCli, testSystem } from "../support/test_world.ts";
import { rawCertificate, rawName, rawValue } from "../x509/raw_certificate.ts";

const system = testSystem({ processes: denoSystem.processes });

const text = `[pair.web]
dir = "$ROOT/tls"
subject = "CN=web.example"
issuer = { kind = "local", data_dir = "$ROOT/ca", validity = "90d" }
hook = { command = ["/bin/sh", "-c", "env > $ROOT/hook"] }
`;

Deno.test("every command prints a serial number with an odd number of digits the same way", async () => {
  await withConfiguration({ "certswap.toml": text }, async ({ root, path, tls }) => {
    const run = async (...words: string[]): Promise<string> => {
      const { exit, stdout, stderr } = await runCli(words, { system });
      assert.equal(exit, 0, stderr);
      const printed = stdout + stderr;
      assert.doesNotMatch(printed, /\b0+1a[0-9a-f]\b/, words.join(" "));
      return printed;
    };
    const ca = ["--data-dir", join(root, "ca")];
    const [config, pair] = [["--config", path], ["--dir", tls]];
    await run("ca", "init", ...ca, "--subject", "CN=Lab");
    Deno.writeTextFileSync(join(root, "ca/serial"), "1a8\n");

    assert.match(await run("rotate", ...config), /Serial: +1a8\n/);
    const log = await run("rotate", ...config, "--force", "--log", "json");
    const swapped = log.split("\n").find((line) => line.includes('"event":"swapped"')) ?? "";
    assert.match(swapped, /"serial":"1a9"/);
    assert.match(swapped, /"replacedSerial":"1a8"/);
    assert.match(Deno.readTextFileSync(join(root, "hook")), /^CERTSWAP_OLD_SERIAL=1a8$/m);
    assert.match(Deno.readTextFileSync(join(root, "hook")), /^CERTSWAP_NEW_SERIAL=1a9$/m);
    assert.match(await run("rotate", ...config, "--force", "--json"), /"serial": "1aa"/);

    assert.match(await run("status", ...pair), /Serial: +1aa\n/);
    assert.match(await run("status", ...pair, "--json"), /"serial": "1aa"/);
    assert.match(await run("status", ...config, "--json"), /"serial": "1aa"/);
    assert.match(await run("ca", "list", ...ca), /^1aa +active /m);
    assert.match(await run("ca", "list", ...ca, "--json"), /"serial": "1aa"/);
    assert.match(await run("ca", "verify", ...ca, join(tls, "cert.pem")), /Serial: +1aa\n/);
    assert.match(await run("ca", "revoke", ...ca, "0001AA"), /Serial: 1aa\n/);

    const back = ["--new-cert", join(root, "ca/certs/1a8.pem"), "--new-key", join(tls, "key.pem")];
    const refused = await runCli(["swap", ...pair, ...back], { system });
    assert.equal(refused.exit, 1);
    assert.doesNotMatch(refused.stderr, /01a8/);
  });
});

Deno.test("stage, swap and rollback print both serial numbers in the same form", async () => {
  const { authority } = await fleet();
  const old = await authority.issue({ serialNumber: "01a8" });
  const later = new Date("2026-02-01T00:00:00Z");
  const young = await authority.issue({ serialNumber: "01a9", notBefore: later });
  await withDevice(async (device) => {
    device.activate(old);
    const { certificate, key } = device.give("new", young);
    const pair = ["--dir", device.tls];
    const staged = await runCli(["stage", ...pair, "--new-cert", certificate, "--new-key", key]);
    assert.match(staged.stdout, /Serial: +1a9\n/);
    const swapped = await runCli(["swap", ...pair, "--keep-previous"]);
    assert.match(swapped.stdout, /Serial: +1a9\n/);
    assert.match(swapped.stdout, /Replaced: +serial 1a8,/);
    const back = await runCli(["rollback", ...pair, "--json"]);
    const { certificate: active, replaced } = JSON.parse(back.stdout);
    assert.deepEqual([active.serial, replaced.serial], ["1a8", "1a9"]);
  });
});

/** An unsigned pair whose serial number has this INTEGER content. */
async function selfIssued(content: string): Promise<{ chainPem: string; keyPem: string }> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: "Ed25519" },
    true,
    ["sign", "verify"],
  ) as CryptoKeyPair;
  const der = rawCertificate({
    serialNumber: rawValue(0x02, Uint8Array.fromHex(content)),
    issuer: rawName("raw"),
    publicKey: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { chainPem: writePem("CERTIFICATE", der), keyPem: writePem("PRIVATE KEY", pkcs8) };
}

for (const [content, printed] of [["00", "00"], ["ff", "-01"], ["fe57", "-1a9"]] as const) {
  Deno.test(`the serial number ${printed} of a self-issued certificate causes no error`, async () => {
    const raw = await selfIssued(content);
    const { first } = await fleet();
    const line = new RegExp(`^  Serial: +${printed}$`, "m");
    await withCa(async (ca) => {
      const file = join(ca.root, "raw.pem");
      Deno.writeTextFileSync(file, raw.chainPem);
      const { exit, stdout } = await ca.run(["verify", file]);
      assert.equal(exit, 1);
      assert.match(stdout, line);
    });
    await withDevice(async (device) => {
      device.activate({ ...first, ...raw });
      const status = await runCli(["status", "--dir", device.tls]);
      assert.equal(status.exit, 0, status.stderr);
      assert.match(status.stdout, line);
      const { certificate, key } = device.give("new", first);
      const swap = [
        "swap",
        "--dir",
        device.tls,
        "--allow-identity-change",
        "--purpose",
        "serverAuth",
      ];
      const swapped = await runCli([...swap, "--new-cert", certificate, "--new-key", key]);
      assert.equal(swapped.exit, 0, swapped.stderr);
      assert.match(swapped.stdout, new RegExp(`Replaced: +serial ${printed},`));
    });
  });
}
