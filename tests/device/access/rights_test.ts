/** Who can read the key, the combined file and the certificate, before and after they are replaced. */
import assert from "node:assert/strict";
import { recoverPair } from "../../../lib/device/change/recover.ts";
import { rollback } from "../../../lib/device/change/rollback.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { swap } from "../../../lib/device/change/swap.ts";
import { AccessListLostError, PublicFileClosedError } from "../../../lib/device/errors.ts";
import {
  type AccessLists,
  denoAccessLists,
  denoFileSystem,
  join,
} from "../../../lib/system/mod.ts";
import { TargetChangedError } from "../../../lib/transaction/mod.ts";
import {
  canUseAccessLists,
  giveDefaultList,
  giveList,
  listOf,
} from "../../support/access_lists.ts";
import {
  type Device,
  fleet,
  hidden,
  strict,
  swapDefaults,
  withDevice,
} from "../../support/device.ts";
import { refusing, testSystem } from "../../support/test_world.ts";

const system = testSystem();
const modeOf = (path: string): number => (Deno.lstatSync(path).mode ?? 0) & 0o7777;
const previousKey = (device: Device): string => join(device.tls, hidden.previousKey);

/** A device with an active pair. User 65534 may read the key, the group of the key may not. */
async function withList(work: (device: Device) => Promise<void>): Promise<void> {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    giveList(device.paths.key, "u:65534:r");
    await work(device);
  });
}

/** A machine without getfacl and setfacl. */
function withoutTools(groupCanRead: boolean | undefined): AccessLists {
  return {
    areAvailable: () => false,
    read: () => assert.fail("getfacl is not installed"),
    prepare: () => assert.fail("setfacl is not installed"),
    groupCanRead: () => Promise.resolve(groupCanRead),
  };
}

const nothingMayStart: AccessLists = {
  ...withoutTools(undefined),
  areAvailable: () => assert.fail("looked for a program"),
  groupCanRead: () => assert.fail("started a program"),
};

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !canUseAccessLists });
}

function ignored(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: true });
}

test("swap() gives the new key the access control list of the old one", async () => {
  const { second } = await fleet();
  await withList(async (device) => {
    const before = listOf(device.paths.key);
    const newPair = device.give("second", second);
    const { warnings } = await swap(system, device.paths, { ...swapDefaults, newPair });
    assert.deepEqual(listOf(device.paths.key), before);
    assert.ok(before.includes("group::---") && before.includes("user:65534:r--"));
    assert.deepEqual(warnings, []);
    assert.equal(device.read("key.pem"), second.keyPem);
  });
});

/** A file that all users can read, without a private key. */
const publicFile = { content: "-----BEGIN CERTIFICATE-----\n", mode: 0o644 } as const;

Deno.test("swap() does not write a key into a public file that contained none", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { combined } = device.withCombined;
    const { content, mode } = publicFile;
    Deno.writeTextFileSync(combined, content, { mode });
    const { warnings } = await swap(system, device.withCombined, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.equal(modeOf(combined), 0o600);
    assert.ok(device.read("all.pem")?.includes("PRIVATE KEY"));
    const narrowed = warnings.filter((warning) => warning instanceof PublicFileClosedError);
    assert.deepEqual(narrowed.map(({ path }) => path), [combined]);
    Deno.chmodSync(combined, 0o644);
    const newPair = device.give("third", third);
    const again = await swap(system, device.withCombined, { ...swapDefaults, newPair });
    assert.deepEqual(again.warnings, [], "a file that contained a key keeps its mode");
    assert.equal(modeOf(combined), 0o644);
  });
});

Deno.test("swap() makes a key that replaces a public file readable only to its owner", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const { key } = device.paths;
    Deno.writeTextFileSync(key, publicFile.content);
    Deno.chmodSync(key, publicFile.mode);
    const { warnings } = await swap(system, device.withCombined, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.deepEqual([modeOf(key), modeOf(device.withCombined.combined)], [0o600, 0o600]);
    const narrowed = warnings.filter((warning) => warning instanceof PublicFileClosedError);
    assert.deepEqual(narrowed.map(({ path }) => path), [key]);
  });
});

test("swap() gives a new combined file the access list of the key, and later its own", async () => {
  const { second, third } = await fleet();
  await withList(async (device) => {
    const { combined } = device.withCombined;
    await swap(system, device.withCombined, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.deepEqual(listOf(combined), listOf(device.paths.key));
    giveList(combined, "u:65533:r");
    const before = listOf(combined);
    await swap(system, device.withCombined, {
      ...swapDefaults,
      newPair: device.give("third", third),
    });
    assert.deepEqual(listOf(combined), before);
    assert.ok(!listOf(device.paths.key).includes("user:65533:r--"));
  });
});

test("swap() gives a certificate that is not public the access list of the old one", async () => {
  const { second } = await fleet();
  await withList(async (device) => {
    Deno.chmodSync(device.paths.certificate, 0o600);
    giveList(device.paths.certificate, "u:65533:r");
    const before = listOf(device.paths.certificate);
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.deepEqual(listOf(device.paths.certificate), before);
  });
});

test("swap() and rollback() keep an access list, also from a backup that is a copy", async () => {
  const { first, second } = await fleet();
  await withList(async (device) => {
    const before = listOf(device.paths.key);
    const files = refusing(
      denoFileSystem,
      (operation) => operation === "link" ? "EPERM" : undefined,
    );
    const options = { ...swapDefaults, newPair: device.give("second", second), keepPrevious: true };
    await swap(testSystem({ files }), device.paths, options);
    assert.deepEqual(listOf(device.paths.key), before);
    assert.deepEqual(listOf(previousKey(device)), ["user::rw-", "group::---", "other::---"]);
    await rollback(system, device.paths, { lockTimeout: 1000, keepPrevious: false });
    assert.equal(device.read("key.pem"), first.keyPem);
    assert.deepEqual(listOf(device.paths.key), before);
  });
});

test("a swap that is rolled back from copies restores the access list of the old key", async () => {
  const { first, second } = await fleet();
  await withList(async (device) => {
    const before = listOf(device.paths.key);
    const files = refusing(denoFileSystem, (operation, path) => {
      if (operation === "link") return "EPERM";
      return operation === "rename" && path.endsWith(".cert.pem.certswap.tmp")
        ? "EPERM"
        : undefined;
    });
    const newPair = device.give("second", second);
    await assert.rejects(swap(testSystem({ files }), device.paths, { ...swapDefaults, newPair }));
    await recoverPair(system, device.paths, { lockTimeout: 1000 });
    assert.equal(device.read("key.pem"), first.keyPem);
    assert.deepEqual(listOf(device.paths.key), before);
  });
});

test("the default list of a directory gives no other user access to the new key", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o640);
    const before = listOf(device.paths.key);
    giveDefaultList(device.tls, "u:65534:r");
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.deepEqual(listOf(device.paths.key), before);
  });
});

test("stage() makes the pending key readable only to its owner, and swap() adds the list", async () => {
  const { second } = await fleet();
  await withList(async (device) => {
    const before = listOf(device.paths.key);
    const newPair = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    assert.equal(modeOf(join(device.tls, hidden.pendingKey)), 0o600);
    await swap(system, device.paths, swapDefaults);
    assert.deepEqual(listOf(device.paths.key), before);
  });
});

const testAsRoot = Deno.uid() === 0 ? test : ignored;

testAsRoot(
  "root without getfacl and setfacl does not give the group the mask of an access list",
  async () => {
    const { second } = await fleet();
    await withList(async (device) => {
      Deno.chmodSync(device.root, 0o755);
      const { groupCanRead } = denoAccessLists;
      const accessLists = { ...withoutTools(undefined), groupCanRead };
      const { warnings } = await swap(testSystem({ accessLists }), device.paths, {
        ...swapDefaults,
        newPair: device.give("second", second),
      });
      assert.equal(modeOf(device.paths.key), 0o600);
      const [warning] = warnings;
      assert.ok(warning instanceof AccessListLostError);
      assert.equal(warning.path, device.paths.key);
    });
  },
);

for (
  const { groupCanRead, mode } of [
    { groupCanRead: true, mode: 0o640 },
    { groupCanRead: undefined, mode: 0o640 },
    { groupCanRead: false, mode: 0o600 },
  ]
) {
  Deno.test(`without tools, group access ${groupCanRead} makes the mode ${mode.toString(8)}`, async () => {
    const { first, second } = await fleet();
    await withDevice(async (device) => {
      device.activate(first);
      Deno.chmodSync(device.paths.key, 0o640);
      const accessLists = withoutTools(groupCanRead);
      const processes = { ...system.processes, userId: () => 0 };
      const { warnings } = await swap(testSystem({ accessLists, processes }), device.paths, {
        ...swapDefaults,
        newPair: device.give("second", second),
      });
      assert.equal(modeOf(device.paths.key), mode);
      assert.equal(warnings.length, groupCanRead === false ? 1 : 0);
    });
  });
}

Deno.test("an ordinary user without tools keeps the group bits that a service may rely on", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o640);
    const accessLists = {
      ...withoutTools(false),
      groupCanRead: () => assert.fail("this needs root"),
    };
    const userId = (): number => Deno.uid() ?? 0;
    let isAsked = false;
    // The owner of the files is also queried: only the first answer differs.
    const processes = {
      ...system.processes,
      userId: () => isAsked ? userId() : (isAsked = true, 1234),
    };
    const { warnings } = await swap(testSystem({ accessLists, processes }), device.paths, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.equal(modeOf(device.paths.key), 0o640);
    assert.deepEqual(warnings, []);
  });
});

Deno.test("no program is run for a key with mode 0600 and a certificate with mode 0644", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    const silent = testSystem({ accessLists: nothingMayStart });
    const given = (name: string, pair: typeof first) => ({
      ...swapDefaults,
      newPair: device.give(name, pair),
      keepPrevious: true,
    });
    await swap(silent, device.withCombined, given("first", first));
    await swap(silent, device.withCombined, given("second", second));
    await rollback(silent, device.withCombined, { lockTimeout: 1000, keepPrevious: false });
    const newPair = device.give("third", third);
    await stage(silent, device.withCombined, { ...strict, newPair, lockTimeout: 1000 });
    await swap(silent, device.withCombined, swapDefaults);
    assert.equal(device.read("key.pem"), third.keyPem);
  });
});

Deno.test("swap() does not replace a key whose group gains access after it was checked", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    const onRightsKnown = (): void => Deno.chmodSync(device.paths.key, 0o640);
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair, onRightsKnown }),
      TargetChangedError,
    );
    assert.equal(device.read("key.pem"), first.keyPem);
  });
});
