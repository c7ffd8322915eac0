/** What the outputs of a pair contain after a swap, on real files. */
import assert from "node:assert/strict";
import { rollback } from "../../../../lib/device/change/rollback.ts";
import { planSwap, swap } from "../../../../lib/device/change/swap.ts";
import { stage } from "../../../../lib/device/change/stage.ts";
import {
  OutputNotMadeError,
  OutputPasswordError,
} from "../../../../lib/device/pair/outputs/errors.ts";
import type { Part } from "../../../../lib/device/pair/outputs/mod.ts";
import { join } from "../../../../lib/system/mod.ts";
import { writePkcs12 } from "../../../../lib/protocol/pkcs12/mod.ts";
import { type Device, strict, swapDefaults, withDevice } from "../../../support/device.ts";
import {
  chainedFleet,
  givePassword,
  keystoreIn,
  openStore,
  outputIn,
  storePassword,
} from "../../../support/outputs.ts";
import { makeAuthority } from "../../../support/pairs.ts";
import { readTree } from "../../../support/temporary_directory.ts";
import { testSystem } from "../../../support/test_world.ts";

const system = testSystem();
const inode = (path: string): number | null => Deno.lstatSync(path).ino;

Deno.test("swap() writes the parts of a PEM output in the order in which they are named", async () => {
  const { middle, root, pairs: [first] } = await chainedFleet();
  const { keyPem, certificatePem, chainPem } = first;
  const trust = root.certificatePem;
  const cases: readonly (readonly [readonly Part[], string])[] = [
    [["key"], keyPem],
    [["certificate"], certificatePem],
    [["intermediates"], middle.certificatePem],
    [["chain"], chainPem],
    [["trust"], trust],
    [["chain", "key"], chainPem + keyPem],
    [["key", "chain"], keyPem + chainPem],
    [["certificate", "key", "intermediates"], certificatePem + keyPem + middle.certificatePem],
    [["chain", "trust"], chainPem + trust],
  ];
  await withDevice(async (device) => {
    const trustPath = join(device.root, "roots.pem");
    Deno.writeTextFileSync(trustPath, trust);
    const outputs = cases.map(([contains], index) =>
      outputIn(device, `${index}.pem`, { contains })
    );
    const newPair = device.give("first", first);
    const paths = { ...device.paths, outputs, trust: trustPath };
    await swap(system, paths, { ...swapDefaults, newPair });
    for (const [index, [contains, text]] of cases.entries()) {
      assert.equal(device.read(`${index}.pem`), text, contains.join());
    }
  });
});

Deno.test("swap() writes DER outputs with one key or one certificate", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [
      outputIn(device, "key.der", { contains: ["key"], format: "der" }),
      outputIn(device, "cert.der", { contains: ["certificate"], format: "der" }),
    ];
    const newPair = device.give("first", first);
    await swap(system, { ...device.paths, outputs }, { ...swapDefaults, newPair });
    assert.deepEqual(Deno.readFileSync(join(device.tls, "key.der")), first.pkcs8);
    assert.deepEqual(Deno.readFileSync(join(device.tls, "cert.der")), first.certificateDer);
  });
});

for (const profile of ["modern", "legacy"] as const) {
  Deno.test(`swap() writes a keystore of the ${profile} profile with key and chain`, async () => {
    const { middle, pairs: [first] } = await chainedFleet();
    await withDevice(async (device) => {
      const outputs = [keystoreIn(device, { profile, friendlyName: "web" })];
      const newPair = device.give("first", first);
      await swap(system, { ...device.paths, outputs }, { ...swapDefaults, newPair });
      const { key, certificates } = await openStore(join(device.tls, "keystore.p12"));
      assert.deepEqual(key, first.pkcs8);
      assert.deepEqual(certificates, [first.certificateDer, middle.certificateDer]);
    });
  });
}

Deno.test("swap() writes an empty file for the intermediates of a pair without any", async () => {
  const { root } = await chainedFleet();
  const pair = await root.issue();
  await withDevice(async (device) => {
    const outputs = [outputIn(device, "chain.pem", { contains: ["intermediates"] })];
    const newPair = device.give("pair", pair);
    await swap(system, { ...device.paths, outputs }, { ...swapDefaults, newPair });
    assert.equal(device.read("chain.pem"), "");
    const again = await swap(system, { ...device.paths, outputs }, { ...swapDefaults, newPair });
    assert.equal(again.proposal.isChange, false);
  });
});

/** Tells an error and its cause by their codes. */
function coded(code: string, cause: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof OutputNotMadeError || error instanceof OutputPasswordError);
    assert.deepEqual([error.code, error.cause.code], [code, cause]);
    return true;
  };
}

/** Insists that a swap, a stage and their dry runs are refused, and change nothing. */
async function assertRefused(
  device: Device,
  paths: Parameters<typeof swap>[1],
  { newPair, expected }: {
    readonly newPair: Parameters<typeof swap>[2]["newPair"];
    readonly expected: object | ((error: unknown) => true);
  },
): Promise<void> {
  const before = readTree(device.root);
  await assert.rejects(swap(system, paths, { ...swapDefaults, newPair }), expected);
  await assert.rejects(planSwap(system, paths, { ...swapDefaults, newPair }), expected);
  assert.deepEqual(readTree(device.root), before);
}

Deno.test("swap() refuses a DER output of a whole chain before it writes anything", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [
      outputIn(device, "key.pem.copy", { contains: ["key"] }),
      outputIn(device, "chain.der", { contains: ["chain"], format: "der" }),
    ];
    await assertRefused(device, { ...device.paths, outputs }, {
      newPair: device.give("first", first),
      expected: coded("output-not-made", "der-holds-one"),
    });
  });
});

Deno.test("swap() refuses an output with trust anchors if none are named", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [outputIn(device, "ca.pem", { contains: ["trust"] })];
    await assertRefused(device, { ...device.paths, outputs }, {
      newPair: device.give("first", first),
      expected: coded("output-not-made", "no-trust-anchors"),
    });
  });
});

Deno.test("a keystore that is already made from the pair is not written again", async () => {
  const { pairs: [first] } = await chainedFleet();
  for (const contains of [["key", "chain"], ["key", "certificate", "chain"]] as const) {
    await withDevice(async (device) => {
      const store = join(device.tls, "keystore.p12");
      const paths = { ...device.paths, outputs: [keystoreIn(device, { contains })] };
      const options = { ...swapDefaults, newPair: device.give("first", first) };
      await swap(system, paths, options);
      const before = inode(store);
      assert.equal((await swap(system, paths, options)).proposal.isChange, false);
      assert.equal(inode(store), before);
      // Without a state, its content tells.
      Deno.removeSync(join(device.tls, ".certswap"), { recursive: true });
      assert.equal((await swap(system, paths, options)).proposal.isChange, false);
      assert.equal(inode(store), before);
    });
  }
});

for (
  const [what, change] of [
    ["profile", { profile: "legacy" }],
    ["friendly name", { friendlyName: "other" }],
    ["contents", { contains: ["key", "certificate"] }],
  ] as const
) {
  Deno.test(`a keystore is written again if its ${what} is another one`, async () => {
    const { pairs: [first] } = await chainedFleet();
    await withDevice(async (device) => {
      const store = join(device.tls, "keystore.p12");
      const options = { ...swapDefaults, newPair: device.give("first", first) };
      const outputs = [keystoreIn(device)];
      await swap(system, { ...device.paths, outputs }, options);
      const before = inode(store);
      const changed = { ...device.paths, outputs: [keystoreIn(device, change)] };
      await swap(system, changed, options);
      assert.notEqual(inode(store), before);
      const after = inode(store);
      await swap(system, changed, options);
      assert.equal(inode(store), after);
    });
  });
}

Deno.test("swap() does not replace a keystore that its password does not open", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    device.activate(first);
    const outputs = [keystoreIn(device)];
    const [store] = outputs;
    const others = await writePkcs12(
      { key: first.pkcs8, leaf: first.certificateDer, intermediates: [], trust: [] },
      { password: new TextEncoder().encode("another"), profile: "modern" },
    );
    Deno.writeFileSync(store?.path ?? "", others);
    await assertRefused(device, { ...device.paths, outputs }, {
      newPair: device.give("second", second),
      expected: { code: "output-locked", path: store?.path },
    });
  });
});

Deno.test("the next swap writes a keystore with a password that was changed", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const paths = { ...device.paths, outputs: [keystoreIn(device)] };
    await swap(system, paths, { ...swapDefaults, newPair: device.give("first", first) });
    givePassword(device, "changed");
    await swap(system, paths, { ...swapDefaults, newPair: device.give("second", second) });
    const { key } = await openStore(join(device.tls, "keystore.p12"), "changed");
    assert.deepEqual(key, second.pkcs8);
  });
});

Deno.test("swap() refuses a password file that others can read, and writes nothing", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [keystoreIn(device)];
    Deno.chmodSync(outputs[0]?.passwordFile ?? "", 0o644);
    const expected = coded("output-password", "password-file");
    const newPair = device.give("first", first);
    await assertRefused(device, { ...device.paths, outputs }, { newPair, expected });
    const staging = { ...strict, newPair, lockTimeout: 1000 };
    const before = readTree(device.root);
    await assert.rejects(stage(system, { ...device.paths, outputs }, staging), expected);
    assert.deepEqual(readTree(device.root), before);
  });
});

/** Contents of files that no output may replace. */
const unrelated: readonly (readonly [what: string, content: Uint8Array])[] = [
  ["a script", new TextEncoder().encode("#!/bin/sh\nexit 0\n")],
  ["a configuration", new TextEncoder().encode("global\n  daemon\n")],
  ["a Java keystore of the old format", Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2)],
];

for (const [what, content] of unrelated) {
  Deno.test(`swap() and stage() do not replace ${what} at the path of an output`, async () => {
    const { pairs: [first] } = await chainedFleet();
    await withDevice(async (device) => {
      const newPair = device.give("first", first);
      const forms = [
        outputIn(device, "out", { contains: ["key", "chain"] }),
        outputIn(device, "out", { contains: ["key"], format: "der" }),
        keystoreIn(device, { path: join(device.tls, "out") }),
      ];
      Deno.writeFileSync(join(device.tls, "out"), content);
      const expected = { code: "unrelated-file", role: "output" };
      for (const output of forms) {
        const paths = { ...device.paths, outputs: [output] };
        await assertRefused(device, paths, { newPair, expected });
        const before = readTree(device.root);
        const staging = { ...strict, newPair, lockTimeout: 1000 };
        await assert.rejects(stage(system, paths, staging), expected);
        assert.deepEqual(readTree(device.root), before);
      }
    });
  });
}

Deno.test("swap() replaces a keystore by a DER or PEM output only if certswap wrote it", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    const store = keystoreIn(device);
    await swap(system, { ...device.paths, outputs: [store] }, { ...swapDefaults, newPair });
    const state = join(device.tls, ".certswap/cert.pem.state");
    const recorded = Deno.readFileSync(state);
    for (const format of ["der", "pem"] as const) {
      const outputs = [outputIn(device, "keystore.p12", { contains: ["certificate"], format })];
      Deno.removeSync(state);
      await assertRefused(device, { ...device.paths, outputs }, {
        newPair,
        expected: { code: "unrelated-file", role: "output" },
      });
      Deno.writeFileSync(state, recorded, { mode: 0o600 });
      for (const output of [...outputs, store]) {
        await swap(system, { ...device.paths, outputs: [output] }, { ...swapDefaults, newPair });
      }
      assert.equal((await openStore(store.path)).certificates.length, 2);
    }
  });
});

Deno.test("swap() writes no keystore with an empty password", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    const store = keystoreIn(device);
    givePassword(device, "");
    await assertRefused(device, { ...device.paths, outputs: [store] }, {
      newPair,
      expected: coded("output-password", "password-file"),
    });
  });
});

Deno.test("no path of a pair may be a file of a CA", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    const ca = join(device.root, "ca");
    for (const name of ["certs", "crl", "history"]) {
      Deno.mkdirSync(join(ca, name), { recursive: true });
    }
    for (const name of ["ca.key", "ca.crt", "serial", "index.json", "certs/01.pem"]) {
      Deno.writeTextFileSync(join(ca, name), first.keyPem);
    }
    const newPair = device.give("first", first);
    const expected = { code: "inside-authority", dataDirectory: ca };
    const names = [
      "ca.key",
      "ca.crt",
      "ca-chain.pem",
      "ca-previous.pem",
      "ca.csr",
      "ca.crl",
      "ca.crl.der",
      "ca.toml",
      "ca.db",
      "ca.db-wal",
      "ca.db-shm",
      "ca.db-journal",
      "crlnumber",
      "crlpublished",
      "details.jsonl",
      "enrolments.json",
      "history.jsonl",
      "index.json",
      "index.json.moved",
      "ocsp-responder.pem",
      "serial",
      "shards.json",
      "store.json",
      "certs/01.pem",
      "crl/1.crl",
      "history/1.jsonl",
    ];
    for (const name of names) {
      const path = join(ca, name);
      for (
        const paths of [
          { ...device.paths, key: path },
          { ...device.paths, combined: path },
          { certificate: path, key: path, shape: "combined" as const },
          { ...device.paths, outputs: [outputIn(device, `../ca/${name}`, { contains: ["key"] })] },
        ]
      ) await assertRefused(device, paths, { newPair, expected });
    }
  });
});

Deno.test("swap() does not replace a DER key by a keystore", async () => {
  const { pairs: [first] } = await chainedFleet();
  await withDevice(async (device) => {
    Deno.writeFileSync(join(device.tls, "keystore.p12"), first.pkcs8, { mode: 0o600 });
    const paths = { ...device.paths, outputs: [keystoreIn(device)] };
    const newPair = device.give("first", first);
    await assertRefused(device, paths, { newPair, expected: { code: "unrelated-file" } });
  });
});

Deno.test("rollback() makes the outputs from the previous pair again", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const outputs = [
      keystoreIn(device),
      outputIn(device, "all.pem", { contains: ["chain", "key"] }),
    ];
    const paths = { ...device.paths, outputs };
    const options = { ...swapDefaults, keepPrevious: true };
    await swap(system, paths, { ...options, newPair: device.give("first", first) });
    await swap(system, paths, { ...options, newPair: device.give("second", second) });
    await rollback(system, paths, { keepPrevious: false, lockTimeout: 1000 });
    assert.equal(device.read("all.pem"), first.chainPem + first.keyPem);
    const { key } = await openStore(join(device.tls, "keystore.p12"), storePassword);
    assert.deepEqual(key, first.pkcs8);
  });
});

Deno.test("swapping in the active pair again for a missing output keeps the previous one", async () => {
  const { pairs: [first, second] } = await chainedFleet();
  await withDevice(async (device) => {
    const options = { ...swapDefaults, keepPrevious: true };
    await swap(system, device.paths, { ...options, newPair: device.give("first", first) });
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...options, newPair });
    const outputs = [outputIn(device, "copy.pem", { contains: ["chain"] })];
    for (const keepPrevious of [true, false]) {
      await swap(system, { ...device.paths, outputs }, { ...options, newPair, keepPrevious });
      assert.equal(device.read("copy.pem"), second.chainPem);
      assert.equal(device.read(".key.pem.certswap.previous"), first.keyPem);
      Deno.removeSync(join(device.tls, "copy.pem"));
    }
  });
});

Deno.test("swap() refuses a legacy keystore of a key that its readers do not know", async () => {
  const authority = await makeAuthority();
  const pair = await authority.issue({ key: "ed25519" });
  await withDevice(async (device) => {
    const newPair = device.give("first", pair);
    await assertRefused(device, {
      ...device.paths,
      outputs: [keystoreIn(device, { profile: "legacy" })],
    }, { newPair, expected: coded("output-not-made", "key-kind-not-held") });
    await swap(system, { ...device.paths, outputs: [keystoreIn(device)] }, {
      ...swapDefaults,
      newPair,
    });
    assert.equal((await openStore(join(device.tls, "keystore.p12"))).certificates.length, 1);
  });
});
