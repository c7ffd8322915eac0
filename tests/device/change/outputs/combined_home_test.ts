/** A combined file as the only file of a pair, on real files. */
import assert from "node:assert/strict";
import { recoverPair } from "../../../../lib/device/change/recover.ts";
import { rollback } from "../../../../lib/device/change/rollback.ts";
import { stage } from "../../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../../lib/device/change/swap.ts";
import { IdentityChangedError } from "../../../../lib/device/errors.ts";
import type { PairPaths } from "../../../../lib/device/mod.ts";
import { prepareCopy } from "../../../../lib/device/output/mod.ts";
import { readStatus } from "../../../../lib/device/status/status.ts";
import { statusLines } from "../../../../lib/cli/print/mod.ts";
import { join } from "../../../../lib/system/mod.ts";
import { type Device, strict, swapDefaults, withDevice } from "../../../support/device.ts";
import { chainedFleet, outputIn } from "../../../support/outputs.ts";
import type { TestPair } from "../../../support/pairs.ts";
import { testSystem } from "../../../support/test_world.ts";

const system = testSystem();
const modeOf = (path: string): number => (Deno.lstatSync(path).mode ?? 0) & 0o7777;
const hidden = {
  pendingCertificate: ".web.pem.certswap.pending",
  pendingKey: ".web.pem.certswap.pendingkey",
  previousCertificate: ".web.pem.certswap.previous",
  previousKey: ".web.pem.certswap.previouskey",
} as const;

function homeIn({ tls }: Device): PairPaths & { readonly certificate: string } {
  const path = join(tls, "web.pem");
  return { certificate: path, key: path, shape: "combined" };
}

const combinedOf = ({ keyPem, chainPem }: TestPair): string => keyPem + chainPem;

Deno.test("a pair in one file is staged, swapped, rolled back and exported", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = homeIn(device);
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    assert.equal(device.read("web.pem"), combinedOf(first));
    assert.equal(modeOf(paths.certificate), 0o600);
    assert.deepEqual(
      [...Deno.readDirSync(device.tls)].map(({ name }) => name).sort(),
      [".certswap", "web.pem"],
    );
    const newPair = device.give("second", second);
    await stage(system, paths, { ...strict, newPair, lockTimeout: 1000 });
    assert.equal(device.read(hidden.pendingCertificate), second.chainPem);
    assert.equal(device.read(hidden.pendingKey), second.keyPem);
    assert.equal(modeOf(join(device.tls, hidden.pendingKey)), 0o600);
    await swap(system, paths, { ...swapDefaults, keepPrevious: true });
    assert.equal(device.read("web.pem"), combinedOf(second));
    assert.equal(device.read(hidden.pendingKey), undefined);
    assert.equal(device.read(hidden.previousKey), first.keyPem);
    assert.equal(device.read(hidden.previousCertificate), first.chainPem);
    await rollback(system, paths, { keepPrevious: false, lockTimeout: 1000 });
    assert.equal(device.read("web.pem"), combinedOf(first));
    const copy = await prepareCopy(system, paths, {
      format: "pem",
      contains: ["chain", "key"],
      out: join(device.root, "copy.pem"),
      profile: "modern",
    });
    assert.equal(new TextDecoder().decode(copy.content), first.chainPem + first.keyPem);
  });
});

Deno.test("a pair in one file that a person made is swapped with its mode, and then not again", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = homeIn(device);
    Deno.writeTextFileSync(paths.certificate, first.chainPem + first.keyPem);
    Deno.chmodSync(paths.certificate, 0o640);
    const newPair = device.give("second", second);
    const plan = await planSwap(system, paths, { ...swapDefaults, newPair });
    assert.deepEqual(plan.changes, [{ action: "replace", path: paths.certificate }]);
    const options = { ...swapDefaults, newPair, keepPrevious: true };
    const { warnings } = await swap(system, paths, options);
    assert.deepEqual(warnings, []);
    assert.equal(modeOf(paths.certificate), 0o640);
    assert.equal(device.read(hidden.previousKey), first.keyPem);
    assert.equal((await swap(system, paths, options)).proposal.isChange, false);
  });
});

Deno.test("no certificate file beside a pair in one file ever has the key in it", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = homeIn(device);
    Deno.writeTextFileSync(paths.certificate, first.chainPem + first.keyPem);
    const given = join(device.root, "new.pem");
    Deno.writeTextFileSync(given, combinedOf(second));
    const newPair = { certificate: given, key: given };
    const staging = { ...strict, newPair, lockTimeout: 1000 };
    await stage(system, paths, staging).catch(() => {});
    assert.ok(!(device.read(hidden.pendingCertificate) ?? "").includes("PRIVATE KEY"));
    await stage(system, paths, { ...staging, newPair: device.give("second", second) });
    await swap(system, paths, { ...swapDefaults, keepPrevious: true });
    assert.ok(!(device.read(hidden.previousCertificate) ?? "PRIVATE KEY").includes("PRIVATE KEY"));
    assert.equal(modeOf(join(device.tls, hidden.previousKey)) & 0o077, 0);
  });
});

Deno.test("identity and age are checked against a pair in one file", async () => {
  const { middle, pairs: [first, second] } = await chainedFleet();
  const other = await middle.issue({ subject: "CN=other", names: ["DNS:other.example"] });
  await withDevice(async (device) => {
    const paths = homeIn(device);
    Deno.writeTextFileSync(paths.certificate, combinedOf(second), { mode: 0o600 });
    const options = { ...swapDefaults, newPair: device.give("other", other) };
    await assert.rejects(swap(system, paths, options), IdentityChangedError);
    await assert.rejects(
      swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) }),
      { code: "older-than-active" },
    );
    assert.equal(device.read("web.pem"), combinedOf(second));
  });
});

Deno.test("status names the one file of a pair once", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = homeIn(device);
    Deno.writeTextFileSync(paths.certificate, combinedOf(first), { mode: 0o600 });
    const status = await readStatus(system, paths);
    assert.equal(status.active.condition, "valid");
    assert.deepEqual(status.warnings, []);
    const text = statusLines(status, (_, text) => text).join("\n");
    assert.equal(text.split(paths.certificate).length - 1, 1, text);
  });
});

Deno.test("identity is checked and the previous pair kept if only the combined file is there", async () => {
  const { middle, pairs: [first, second, third] } = await chainedFleet();
  const other = await middle.issue({ subject: "CN=other", names: ["DNS:other.example"] });
  await withDevice(async (device) => {
    const paths = device.withCombined;
    Deno.writeTextFileSync(paths.combined, second.chainPem + second.keyPem, { mode: 0o600 });
    const options = { ...swapDefaults, keepPrevious: true };
    await assert.rejects(
      swap(system, paths, { ...options, newPair: device.give("other", other) }),
      IdentityChangedError,
    );
    await assert.rejects(
      swap(system, paths, { ...options, newPair: device.give("first", first) }),
      { code: "older-than-active" },
    );
    const newPair = device.give("third", third);
    const { proposal } = await swap(system, paths, { ...options, newPair });
    assert.equal(proposal.keepsPrevious, true);
    assert.equal(proposal.replaced?.subject, "CN=device.example");
    assert.equal(device.read(".key.pem.certswap.previous"), second.keyPem);
    assert.equal(modeOf(join(device.tls, ".key.pem.certswap.previous")), 0o600);
    await rollback(system, paths, { keepPrevious: false, lockTimeout: 1000 });
    assert.equal(device.read("key.pem"), second.keyPem);
    assert.equal(device.read("all.pem"), combinedOf(second));
  });
});

/** The paths of the warnings about outputs that are left behind. */
const leftBehind = (warnings: readonly unknown[]): readonly unknown[] =>
  warnings.map((warning) => {
    const { code, path } = warning as { code: string; path: string };
    return [code, path];
  });

Deno.test("the only copy of a key is kept, also in an output and beside a broken pair", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  for (const half of [undefined, "cert.pem", "key.pem"] as const) {
    for (const role of ["combined", "output"] as const) {
      await withDevice(async (device) => {
        const path = join(device.tls, "all.pem");
        Deno.writeTextFileSync(path, combinedOf(first), { mode: 0o600 });
        if (half === "cert.pem") Deno.writeTextFileSync(join(device.tls, half), first.chainPem);
        if (half === "key.pem") {
          Deno.writeTextFileSync(join(device.tls, half), second.keyPem, { mode: 0o600 });
        }
        const paths = role === "combined" ? { ...device.paths, combined: path } : {
          ...device.paths,
          outputs: [outputIn(device, "all.pem", { contains: ["key", "chain"] })],
        };
        const { proposal } = await swap(system, paths, {
          ...swapDefaults,
          keepPrevious: true,
          newPair: device.give("second", second),
        });
        assert.equal(proposal.keepsPrevious, true, `${half} ${role}`);
        assert.equal(device.read(".key.pem.certswap.previous"), first.keyPem, `${half} ${role}`);
        await rollback(system, paths, { lockTimeout: 1000, keepPrevious: false });
        assert.equal(device.read("all.pem"), combinedOf(first));
      });
    }
  }
});

Deno.test("an output that is no longer named is warned of while it exists, and then forgotten", async () => {
  const { middle, pairs: [first, second, third] } = await chainedFleet();
  const fourth = await middle.issue({ notBefore: new Date("2026-04-01T00:00:00Z") });
  await withDevice(async (device) => {
    const other = join(device.root, "other");
    Deno.mkdirSync(other);
    const outputs = [outputIn(device, "../other/copy.pem", { contains: ["chain"] })];
    const path = join(other, "copy.pem");
    await swap(system, { ...device.paths, outputs }, {
      ...swapDefaults,
      newPair: device.give("first", first),
    });
    for (const [name, pair] of [["second", second], ["third", third]] as const) {
      const { warnings } = await swap(system, device.paths, {
        ...swapDefaults,
        newPair: device.give(name, pair),
      });
      assert.deepEqual(leftBehind(warnings), [["output-left-behind", path]]);
      assert.equal(Deno.readTextFileSync(path), first.chainPem);
    }
    Deno.removeSync(other, { recursive: true });
    const { warnings } = await swap(system, device.paths, {
      ...swapDefaults,
      newPair: device.give("fourth", fourth),
    });
    assert.deepEqual(warnings, []);
    assert.ok(!device.read(".certswap/cert.pem.state")?.includes("copy.pem"));
    assert.equal((await readStatus(system, device.paths)).active.condition, "valid");
  });
});

Deno.test("a directory of a former output that is now something else stops no change", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  const elsewhere = "elsewhere";
  for (
    const replace of [
      (path: string) => Deno.writeTextFileSync(path, "a file"),
      (path: string) => Deno.symlinkSync(elsewhere, path),
    ]
  ) {
    await withDevice(async (device) => {
      const other = join(device.root, "other");
      for (const path of [other, join(device.root, elsewhere)]) Deno.mkdirSync(path);
      const outputs = [outputIn(device, "../other/copy.pem", { contains: ["chain"] })];
      await swap(system, { ...device.paths, outputs }, {
        ...swapDefaults,
        newPair: device.give("first", first),
      });
      Deno.removeSync(other, { recursive: true });
      replace(other);
      for (const [name, pair] of [["second", second], ["third", third]] as const) {
        await recoverPair(system, device.paths, { lockTimeout: 1000 });
        const newPair = device.give(name, pair);
        const { warnings } = await swap(system, device.paths, { ...swapDefaults, newPair });
        assert.deepEqual(warnings, []);
        assert.equal(device.read("key.pem"), pair.keyPem);
      }
      assert.deepEqual([...Deno.readDirSync(join(device.root, elsewhere))], []);
    });
  }
});
