/** The directory flip, on real files: versions behind one link. */
import assert from "node:assert/strict";
import { planRecovery, recoverPair } from "../../../../lib/device/change/recover.ts";
import { rollback } from "../../../../lib/device/change/rollback.ts";
import { stage } from "../../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../../lib/device/change/swap.ts";
import type { PairPaths } from "../../../../lib/device/mod.ts";
import { OutputStaleError } from "../../../../lib/device/pair/outputs/errors.ts";
import { readStatus } from "../../../../lib/device/status/status.ts";
import { denoFileSystem, join } from "../../../../lib/system/mod.ts";
import { type Device, strict, swapDefaults, withDevice } from "../../../support/device.ts";
import {
  chainedFleet,
  givePassword,
  keystoreIn,
  openStore,
  outputIn,
} from "../../../support/outputs.ts";
import { readTree } from "../../../support/temporary_directory.ts";
import { refusing, testSystem, withUmask } from "../../../support/test_world.ts";
import { canUseAccessLists, giveList } from "../../../support/access_lists.ts";

const system = testSystem();
const modeOf = (path: string): number => (Deno.statSync(path).mode ?? 0) & 0o7777;

/** The pair `current/cert.pem` and `current/key.pem` in `tls/`. */
function flipIn({ tls }: Device): PairPaths {
  const directory = join(tls, "current");
  return {
    certificate: join(directory, "cert.pem"),
    key: join(directory, "key.pem"),
    shape: "flip",
  };
}

/** The numbers of all versions. */
function versionsIn({ tls }: Device): string[] {
  return [...Deno.readDirSync(join(tls, "versions"))].map(({ name }) => name).sort();
}

const currentOf = ({ tls }: Device): string => Deno.readLinkSync(join(tls, "current"));

/** A device with a first pair behind the link. */
async function withFlip(work: (device: Device, paths: PairPaths) => Promise<void>): Promise<void> {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = flipIn(device);
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    await work(device, paths);
  });
}

Deno.test("swap() makes a whole version, and switches the link to it", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  await withFlip(async (device, paths) => {
    assert.equal(currentOf(device), "versions/1");
    assert.equal(device.read("current/cert.pem"), first.chainPem);
    assert.equal(device.read("current/key.pem"), first.keyPem);
    assert.equal(modeOf(paths.key), 0o600);
    assert.equal(modeOf(paths.certificate), 0o644);
    await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.equal(currentOf(device), "versions/2");
    assert.deepEqual(versionsIn(device), ["1", "2"]);
    assert.equal(device.read("versions/1/key.pem"), first.keyPem, "who reads it still can");
    await swap(system, paths, { ...swapDefaults, newPair: device.give("third", third) });
    assert.deepEqual(versionsIn(device), ["2", "3"]);
    assert.deepEqual(
      [...Deno.readDirSync(device.tls)].map(({ name }) => name).sort(),
      [".certswap", "current", "versions"],
    );
    const again = await swap(system, paths, {
      ...swapDefaults,
      newPair: device.give("third", third),
    });
    assert.equal(again.proposal.isChange, false);
    assert.equal(currentOf(device), "versions/3");
  });
});

Deno.test("the directories of a version are as open as the pair's own, with any umask", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    Deno.chmodSync(device.tls, 0o750);
    const isRoot = Deno.uid() === 0;
    if (isRoot) Deno.chownSync(device.tls, 0, 5678);
    const files = { ...withUmask(denoFileSystem, 0o077) };
    files.makeDirectory = (path, mode) => {
      denoFileSystem.makeDirectory(path, mode);
      Deno.chmodSync(path, mode & ~0o077);
    };
    const newPair = device.give("first", first);
    await swap(testSystem({ files }), flipIn(device), { ...swapDefaults, newPair });
    for (const path of ["versions", "versions/1"]) {
      assert.equal(modeOf(join(device.tls, path)), 0o750);
      const { uid, gid } = Deno.statSync(join(device.tls, path));
      const { uid: ownUid, gid: ownGid } = Deno.statSync(device.tls);
      assert.deepEqual([uid, gid], [ownUid, ownGid]);
    }
    assert.equal(modeOf(join(device.tls, "current/cert.pem")), 0o644);
  });
});

Deno.test("stage(), swap() of the pending pair and rollback() work behind a link", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withFlip(async (device, paths) => {
    const newPair = device.give("second", second);
    await stage(system, paths, { ...strict, newPair, lockTimeout: 1000 });
    assert.equal((await readStatus(system, paths)).pending.condition, "valid");
    await swap(system, paths, { ...swapDefaults, keepPrevious: true });
    assert.equal(device.read("current/key.pem"), second.keyPem);
    const status = await readStatus(system, paths);
    assert.equal(status.active.condition, "valid");
    assert.equal(status.previous.condition, "valid");
    assert.deepEqual(status.warnings, []);
    assert.equal(status.active.files.key, join(device.tls, "current/key.pem"));
    await rollback(system, paths, { keepPrevious: false, lockTimeout: 1000 });
    assert.equal(currentOf(device), "versions/3");
    assert.equal(device.read("current/key.pem"), first.keyPem);
  });
});

Deno.test("a later version keeps the owners and modes of the files of the one before", async () => {
  const { pairs: [, second] } = await chainedFleet();
  await withFlip(async (device, paths) => {
    Deno.chmodSync(paths.key, 0o640);
    const newPair = device.give("second", second);
    await swap(system, paths, { ...swapDefaults, newPair });
    assert.equal(modeOf(paths.key), 0o640);
    const rights = { certificate: { mode: 0o640 }, key: { mode: 0o600 } };
    const { warnings } = await readStatus(system, { ...paths, rights });
    assert.deepEqual(
      warnings.map((defect) => defect instanceof OutputStaleError && [defect.path, defect.defect]),
      [[paths.key, "rights"], [paths.certificate, "rights"]],
    );
    const { proposal } = await swap(system, { ...paths, rights }, { ...swapDefaults, newPair });
    assert.equal(proposal.isChange, true);
    assert.deepEqual([modeOf(paths.key), modeOf(paths.certificate)], [0o600, 0o640]);
  });
});

for (
  const [what, plant] of [
    ["a directory", (path: string) => Deno.mkdirSync(path)],
    ["a file", (path: string) => Deno.writeTextFileSync(path, "")],
    ["a link to another place", (path: string) => Deno.symlinkSync("../elsewhere", path)],
    ["a link that leaves the versions", (path: string) => Deno.symlinkSync("versions/../x", path)],
  ] as const
) {
  Deno.test(`a flip refuses ${what} instead of its link, and changes nothing`, async () => {
    const { pairs: [first] } = await chainedFleet();
    await withDevice(async (device) => {
      const elsewhere = join(device.root, "elsewhere");
      Deno.mkdirSync(elsewhere);
      Deno.writeTextFileSync(join(elsewhere, "cert.pem"), first.chainPem);
      Deno.writeTextFileSync(join(elsewhere, "key.pem"), first.keyPem);
      plant(join(device.tls, "current"));
      const paths = flipIn(device);
      const options = { ...swapDefaults, newPair: device.give("first", first) };
      const before = readTree(device.root);
      await assert.rejects(swap(system, paths, options), { code: "flip-link" });
      await assert.rejects(planSwap(system, paths, options), { code: "flip-link" });
      await assert.rejects(stage(system, paths, { ...strict, ...options }), { code: "flip-link" });
      await assert.rejects(recoverPair(system, paths, { lockTimeout: 1000 }), {
        code: "flip-link",
      });
      assert.deepEqual(readTree(device.root), before);
    });
  });
}

Deno.test("a pair of two files is not written into the version of a flip", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withFlip(async (device, { certificate, key }) => {
    const newPair = device.give("second", second);
    const inside = outputIn(device, "current/copy.pem", { contains: ["chain"] });
    Deno.mkdirSync(join(device.root, "other"));
    const other = {
      certificate: join(device.root, "other/cert.pem"),
      key: join(device.root, "other/key.pem"),
    };
    const version = join(device.tls, "versions/1");
    const before = readTree(device.root);
    for (
      const paths of [
        { certificate, key },
        { certificate: join(version, "cert.pem"), key: join(version, "key.pem") },
        { ...other, combined: join(device.tls, "current/all.pem") },
        { ...other, outputs: [inside] },
      ]
    ) {
      const options = { ...swapDefaults, newPair };
      await assert.rejects(swap(system, paths, options), { code: "inside-version" });
      await assert.rejects(planSwap(system, paths, options), { code: "inside-version" });
      await assert.rejects(stage(system, paths, { ...strict, ...options }), {
        code: "inside-version",
      });
    }
    assert.deepEqual(readTree(device.root), before);
    assert.equal((await readStatus(system, { certificate, key })).active.condition, "valid");
    assert.equal(first.chainPem, device.read("current/cert.pem"));
  });
});

Deno.test("recover() removes a version that a crash left behind, and none that services read", async () => {
  await withFlip(async (device, paths) => {
    const orphan = join(device.tls, "versions/2");
    Deno.mkdirSync(orphan);
    Deno.writeTextFileSync(join(orphan, "key.pem"), "half");
    const { outcome, removed } = await recoverPair(system, paths, { lockTimeout: 1000 });
    assert.equal(outcome, "cleaned");
    assert.deepEqual(removed, [orphan]);
    assert.deepEqual(versionsIn(device), ["1"]);
    assert.equal((await planRecovery(system, paths)).outcome, "clean");
  });
});

Deno.test("a version is not swept if the link to it was removed by hand", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withFlip(async (device, paths) => {
    Deno.removeSync(join(device.tls, "current"));
    await recoverPair(system, paths, { lockTimeout: 1000 });
    assert.equal(device.read("versions/1/key.pem"), first.keyPem);
  });
});

Deno.test("a swap that fails leaves no version behind", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withFlip(async (device, paths) => {
    const files = refusing(
      denoFileSystem,
      (operation, path) =>
        operation === "rename" && path.includes(".current.certswap.") ? "EIO" : undefined,
    );
    const options = { ...swapDefaults, newPair: device.give("second", second) };
    await assert.rejects(swap(testSystem({ files }), paths, options));
    assert.deepEqual(versionsIn(device), ["1"]);
    assert.equal(device.read("current/key.pem"), first.keyPem);
  });
});

Deno.test("outputs of a flip are in its versions, or files of their own", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  await withDevice(async (device) => {
    Deno.mkdirSync(join(device.root, "other"));
    const outputs = [
      keystoreIn(device, { path: join(device.tls, "current/keystore.p12") }),
      outputIn(device, "current/all.pem", { contains: ["key", "chain"] }),
      outputIn(device, "../other/chain.pem", { contains: ["chain"] }),
    ];
    const paths = { ...flipIn(device), outputs };
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    assert.equal(modeOf(join(device.tls, "current/keystore.p12")), 0o600);
    const newPair = device.give("second", second);
    givePassword(device, "changed");
    await swap(system, paths, { ...swapDefaults, newPair });
    const { key } = await openStore(join(device.tls, "current/keystore.p12"), "changed");
    assert.deepEqual(key, second.pkcs8);
    assert.equal(device.read("current/all.pem"), second.keyPem + second.chainPem);
    assert.equal(device.read("../other/chain.pem"), second.chainPem);
    assert.deepEqual(
      [...Deno.readDirSync(join(device.tls, "versions/2"))].map(({ name }) => name).sort(),
      ["all.pem", "cert.pem", "key.pem", "keystore.p12"],
    );
    const again = await swap(system, paths, { ...swapDefaults, newPair });
    assert.equal(again.proposal.isChange, false);
    const { outcome } = await recoverPair(system, flipIn(device), { lockTimeout: 1000 });
    assert.equal(outcome, "clean");
    assert.deepEqual((await readStatus(system, paths)).warnings, []);
    const { warnings } = await swap(system, flipIn(device), {
      ...swapDefaults,
      newPair: device.give("third", third),
    });
    assert.deepEqual(
      warnings.map((warning) => (warning as { path: string }).path),
      [join(device.root, "other/chain.pem")],
      "what is in a version goes with it",
    );
  });
});

Deno.test({
  name: "an access list on a file of a version gives the group no access in the next one",
  ignore: !canUseAccessLists,
  async fn() {
    const { pairs: [first, second] } = await chainedFleet();
    await withDevice(async (device) => {
      const outputs = [outputIn(device, "current/all.pem", { contains: ["key", "chain"] })];
      const paths = { ...flipIn(device), outputs };
      await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
      for (const name of ["key.pem", "all.pem"]) {
        giveList(join(device.tls, `current/${name}`), "u:65534:r");
      }
      const { warnings } = await swap(system, paths, {
        ...swapDefaults,
        newPair: device.give("second", second),
      });
      for (const name of ["key.pem", "all.pem"]) {
        assert.equal(modeOf(join(device.tls, `current/${name}`)), 0o600, name);
      }
      assert.deepEqual(
        warnings.map((warning) => (warning as { code: string }).code),
        ["access-list-lost", "access-list-lost"],
      );
    });
  },
});

Deno.test("a flip and a pair of two files in one directory share no state and no previous pair", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  await withDevice(async (device) => {
    const flip = flipIn(device);
    const keeping = { ...swapDefaults, keepPrevious: true };
    await swap(system, flip, { ...keeping, newPair: device.give("first", first) });
    await swap(system, flip, { ...keeping, newPair: device.give("second", second) });
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("third", third) });
    await rollback(system, flip, { lockTimeout: 1000, keepPrevious: false });
    assert.equal(device.read("current/key.pem"), first.keyPem);
    assert.equal(device.read("key.pem"), third.keyPem);
    await assert.rejects(
      rollback(system, device.paths, { lockTimeout: 1000, keepPrevious: false }),
      { code: "no-previous-pair" },
    );
  });
});
