/** Owners and modes of a pair's files and of its outputs, on real files. */
import assert from "node:assert/strict";
import { swap } from "../../../../lib/device/change/swap.ts";
import { rollback } from "../../../../lib/device/change/rollback.ts";
import type { WantedRights } from "../../../../lib/device/pair/outputs/mod.ts";
import { denoFileSystem, type FileSystem, join } from "../../../../lib/system/mod.ts";
import { canUseAccessLists, giveList, listOf } from "../../../support/access_lists.ts";
import { swapDefaults, withDevice } from "../../../support/device.ts";
import { chainedFleet, keystoreIn, outputIn } from "../../../support/outputs.ts";
import { testSystem } from "../../../support/test_world.ts";
import { watchedFileSystem } from "../../../support/watched_file_system.ts";

const system = testSystem();
const isRoot = Deno.uid() === 0;
/** Other users and groups than the caller's, if they can be given. */
const [uid, gid] = isRoot ? [1234, 5678] : [Deno.uid() ?? 0, Deno.gid() ?? 0];
const owned: WantedRights = {
  owner: { name: "service", id: uid },
  group: { name: "service", id: gid },
};

function rightsOf(path: string): readonly unknown[] {
  const { mode, uid, gid } = Deno.lstatSync(path);
  return [((mode ?? 0) & 0o7777).toString(8), uid, gid];
}

Deno.test("the first files of a pair get the owner, group and mode of the configuration", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = {
      ...device.withCombined,
      rights: { certificate: { ...owned, mode: 0o640 }, key: { ...owned, mode: 0o440 } },
      outputs: [
        outputIn(device, "copy.key", { contains: ["key"], rights: { ...owned, mode: 0o400 } }),
        outputIn(device, "copy.pem", { contains: ["chain"], rights: { mode: 0o444 } }),
        keystoreIn(device, { rights: { ...owned, mode: 0o640 } }),
      ],
    };
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    const [ownUid, ownGid] = [Deno.uid(), Deno.gid()];
    assert.deepEqual(rightsOf(paths.certificate), ["640", uid, gid]);
    assert.deepEqual(rightsOf(paths.key), ["440", uid, gid]);
    assert.deepEqual(rightsOf(paths.combined), ["440", uid, gid]);
    assert.deepEqual(rightsOf(join(device.tls, "copy.key")), ["400", uid, gid]);
    assert.deepEqual(rightsOf(join(device.tls, "copy.pem")), ["444", ownUid, ownGid]);
    assert.deepEqual(rightsOf(join(device.tls, "keystore.p12")), ["640", uid, gid]);
  });
});

Deno.test("later files keep owner and mode, except for what the configuration demands", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [outputIn(device, "copy.key", { contains: ["key", "chain"] })];
    const copy = join(device.tls, "copy.key");
    const paths = { ...device.paths, outputs };
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    assert.deepEqual(rightsOf(copy)[0], "600");
    for (const path of [paths.key, copy]) {
      Deno.chmodSync(path, 0o640);
      if (isRoot) Deno.chownSync(path, uid, gid);
    }
    await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.deepEqual(rightsOf(paths.key), ["640", uid, gid]);
    assert.deepEqual(rightsOf(copy), ["640", uid, gid]);
    const rights = { certificate: {}, key: { mode: 0o600 } };
    const demanding = {
      ...paths,
      rights,
      outputs: outputs.map((output) => ({ ...output, rights: { mode: 0o400 } })),
    };
    await swap(system, demanding, { ...swapDefaults, newPair: device.give("third", third) });
    assert.deepEqual(rightsOf(paths.key), ["600", uid, gid]);
    assert.deepEqual(rightsOf(copy), ["400", uid, gid]);
  });
});

Deno.test("swapping in the active pair again changes nothing but owners and modes", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [
      keystoreIn(device),
      outputIn(device, "copy.pem", { contains: ["chain"] }),
    ];
    const paths = { ...device.paths, outputs };
    const options = { ...swapDefaults, newPair: device.give("first", first) };
    await swap(system, paths, options);
    const store = join(device.tls, "keystore.p12");
    const content = Deno.readFileSync(store);
    const changed = {
      ...paths,
      rights: { certificate: { mode: 0o640 }, key: { ...owned, mode: 0o440 } },
      outputs: outputs.map((output) => ({ ...output, rights: { ...owned, mode: 0o440 } })),
    };
    await swap(system, changed, options);
    assert.deepEqual(rightsOf(paths.certificate)[0], "640");
    assert.deepEqual(rightsOf(paths.key), ["440", uid, gid]);
    assert.deepEqual(rightsOf(store), ["440", uid, gid]);
    assert.deepEqual(rightsOf(join(device.tls, "copy.pem")), ["440", uid, gid]);
    assert.deepEqual(Deno.readFileSync(store), content);
    assert.equal((await swap(system, changed, options)).proposal.isChange, false);
  });
});

/** Insists at every operation that no file with a key is wider than 0440 or readable by others. */
function narrow(directory: string, found: string[]): FileSystem {
  return watchedFileSystem(denoFileSystem, (operation) => {
    const look = (below: string): void => {
      for (const { name, isDirectory, isFile } of Deno.readDirSync(below)) {
        const path = join(below, name);
        if (isDirectory) look(path);
        if (!isFile) continue;
        const mode = (Deno.lstatSync(path).mode ?? 0) & 0o777;
        const bytes = Deno.readFileSync(path);
        const isSecret = bytes[0] === 0x30 ||
          new TextDecoder().decode(bytes).includes("PRIVATE KEY");
        if (isSecret && (mode & 0o037) !== 0) {
          found.push(`${operation} ${name} ${mode.toString(8)}`);
        }
      }
    };
    look(directory);
  });
}

Deno.test("no file with a key is ever wider than its final mode", async () => {
  const { pairs: [first, second, third] } = await chainedFleet();
  for (const shape of ["files", "combined", "flip"] as const) {
    await withDevice(async (device) => {
      const found: string[] = [];
      const watched = testSystem({ files: narrow(device.tls, found) });
      const inDirectory = (name: string): string =>
        join(device.tls, shape === "flip" ? `current/${name}` : name);
      const home = shape === "combined"
        ? { certificate: inDirectory("web.pem"), key: inDirectory("web.pem") }
        : { certificate: inDirectory("cert.pem"), key: inDirectory("key.pem") };
      const paths = {
        ...home,
        shape,
        rights: { certificate: {}, key: { ...owned, mode: 0o640 } },
        outputs: [
          outputIn(device, "copy.key", { contains: ["chain", "key"] }),
          outputIn(device, "key.der", { contains: ["key"], format: "der" }),
          keystoreIn(device, { rights: { ...owned, mode: 0o640 } }),
        ],
      };
      const options = { ...swapDefaults, keepPrevious: true };
      await swap(watched, paths, { ...options, newPair: device.give("first", first) });
      await swap(watched, paths, { ...options, newPair: device.give("second", second) });
      await rollback(watched, paths, { keepPrevious: true, lockTimeout: 1000 });
      await swap(watched, paths, { ...options, newPair: device.give("third", third) });
      assert.deepEqual(found, [], shape);
    });
  }
});

Deno.test("an output with a key does not stay as public as the file that it replaces", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const path = join(device.tls, "copy.pem");
    Deno.writeTextFileSync(path, first.chainPem, { mode: 0o644 });
    const paths = {
      ...device.paths,
      outputs: [outputIn(device, "copy.pem", { contains: ["key", "chain"] })],
    };
    const options = { ...swapDefaults, newPair: device.give("first", first) };
    const { warnings } = await swap(system, paths, options);
    assert.deepEqual(rightsOf(path)[0], "600");
    assert.deepEqual(
      warnings.map((warning) => (warning as { code: string }).code),
      ["public-file-closed"],
    );
  });
});

Deno.test({
  name: "a demanded mode replaces an access list, and without one the list is kept",
  ignore: !canUseAccessLists,
  async fn() {
    const { pairs: [first, second, third] } = await chainedFleet();
    await withDevice(async (device) => {
      const copy = join(device.tls, "copy.key");
      const output = outputIn(device, "copy.key", { contains: ["key"] });
      const paths = { ...device.paths, outputs: [output] };
      await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
      giveList(copy, "u:65534:r");
      giveList(paths.key, "u:65533:r");
      const [before, keyBefore] = [listOf(copy), listOf(paths.key)];
      await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
      assert.deepEqual([listOf(copy), listOf(paths.key)], [before, keyBefore]);
      const demanding = { ...paths, outputs: [{ ...output, rights: { mode: 0o400 } }] };
      await swap(system, demanding, { ...swapDefaults, newPair: device.give("third", third) });
      assert.deepEqual(listOf(copy), ["user::r--", "group::---", "other::---"]);
      assert.deepEqual(listOf(paths.key), keyBefore);
    });
  },
});

Deno.test({
  name: "a new output with the key gets the access list of the key",
  ignore: !canUseAccessLists,
  async fn() {
    const { pairs: [first, second] } = await chainedFleet();
    await withDevice(async (device) => {
      await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
      giveList(device.paths.key, "u:65534:r");
      const paths = { ...device.paths, outputs: [keystoreIn(device)] };
      await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
      assert.deepEqual(listOf(join(device.tls, "keystore.p12")), listOf(device.paths.key));
    });
  },
});
