import "reflect-metadata";
import assert from "node:assert/strict";
import * as x509 from "@peculiar/x509";
import {
  CertificateExpiresSoonError,
  OlderThanActiveError,
  PurposeLostError,
  SwapFailedError,
  UnusableFileError,
} from "../../../lib/device/errors.ts";
import { stage } from "../../../lib/device/change/stage.ts";
import { planSwap, swap } from "../../../lib/device/change/swap.ts";
import { encodeState, type PairState } from "../../../lib/device/pair/state.ts";
import { denoFileSystem, join, minute } from "../../../lib/system/mod.ts";
import { TransactionFailedError } from "../../../lib/transaction/mod.ts";
import { purposeOid } from "../../../lib/x509/encoding/oids.ts";
import { fleet, hidden, strict, swapDefaults, withDevice } from "../../support/device.ts";
import type { TestPair } from "../../support/pairs.ts";
import { readTree } from "../../support/temporary_directory.ts";
import { refusing, testSystem, testTime } from "../../support/test_world.ts";
import { watchedFileSystem } from "../../support/watched_file_system.ts";

const system = testSystem();
const modeOf = (path: string): number => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

Deno.test("swap() installs a first pair, the key with mode 0600, the certificate with 0644", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    const { proposal } = await swap(system, device.paths, { ...swapDefaults, newPair });
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
    assert.equal(modeOf(device.paths.key), 0o600);
    assert.equal(modeOf(device.paths.certificate), 0o644);
    assert.equal(proposal.replaced, undefined);
    assert.deepEqual(
      [...Deno.readDirSync(device.tls)].map(({ name }) => name).sort(),
      [".certswap", "cert.pem", "key.pem"],
    );
  });
});

Deno.test("swap() makes fifteen fsyncs, and does not open pairs that do not exist", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...swapDefaults, newPair });
    const operations: string[] = [];
    const files = watchedFileSystem(denoFileSystem, (operation, path) => {
      if (operation === "fsync" || /\.certswap\.(pending|previous)$/.test(path)) {
        operations.push(operation);
      }
    });
    const next = device.give("third", third);
    await swap({ ...system, files }, device.paths, { ...swapDefaults, newPair: next });
    assert.deepEqual(operations, Array(15).fill("fsync"));
  });
});

Deno.test("swap() activates the pending pair and uses it up", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    assert.equal(device.read("cert.pem"), first.chainPem);
    await swap(system, device.paths, swapDefaults);
    assert.equal(device.read("cert.pem"), second.chainPem);
    assert.equal(device.read("key.pem"), second.keyPem);
    assert.equal(device.read(hidden.pendingCertificate), undefined);
    assert.equal(device.read(hidden.pendingKey), undefined);
  });
});

Deno.test("swap() with a new pair does not touch the given files, and drops a pending pair", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const staged = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair: staged, lockTimeout: 1000 });
    const newPair = device.give("third", third);
    await swap(system, device.paths, { ...swapDefaults, newPair });
    assert.equal(device.read("cert.pem"), third.chainPem);
    assert.equal(device.read(hidden.pendingKey), undefined);
    assert.equal(Deno.readTextFileSync(newPair.key), third.keyPem);
  });
});

Deno.test("swap() gives the new files the owner, group and mode of the old ones", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o640);
    Deno.chmodSync(device.paths.certificate, 0o664);
    const isRoot = Deno.uid() === 0;
    if (isRoot) Deno.chownSync(device.paths.key, 1234, 5678);
    const before = Deno.lstatSync(device.paths.key);
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    const after = Deno.lstatSync(device.paths.key);
    assert.equal(modeOf(device.paths.key), 0o640);
    assert.equal(modeOf(device.paths.certificate), 0o664);
    assert.deepEqual([after.uid, after.gid], [before.uid, before.gid]);
    assert.notEqual(after.ino, before.ino);
  });
});

Deno.test("swap() follows a link to the active certificate and keeps the link", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const real = join(device.root, "real");
    Deno.mkdirSync(real);
    device.activate(first);
    Deno.renameSync(device.paths.certificate, join(real, "site.pem"));
    Deno.symlinkSync("../real/site.pem", device.paths.certificate);
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    assert.equal(Deno.readLinkSync(device.paths.certificate), "../real/site.pem");
    assert.equal(Deno.readTextFileSync(join(real, "site.pem")), second.chainPem);
    assert.equal(device.read("key.pem"), second.keyPem);
    assert.ok(Deno.lstatSync(join(real, ".certswap")).isDirectory, "the state is next to the file");
  });
});

Deno.test("swap() writes a combined file with the key, the leaf and the chain", async () => {
  const { authority, first } = await fleet();
  const intermediate = await authority.subordinate();
  const chained = await intermediate.issue({ notBefore: new Date("2026-02-01T00:00:00Z") });
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o640);
    const newPair = device.give("chained", chained);
    await swap(system, device.withCombined, { ...swapDefaults, newPair });
    assert.equal(device.read("all.pem"), chained.keyPem + chained.chainPem);
    assert.equal(
      modeOf(device.withCombined.combined),
      0o640,
      "it has the same readers as the key",
    );
  });
});

Deno.test("swap() creates a first combined file with mode 0600 if there was no key", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    await swap(system, device.withCombined, { ...swapDefaults, newPair });
    assert.equal(modeOf(device.withCombined.combined), 0o600);
  });
});

Deno.test("swap() warns if the combined file of the last change is no longer given", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    const give = (name: string, pair: typeof first) => ({
      ...swapDefaults,
      newPair: device.give(name, pair),
    });
    await swap(system, device.withCombined, give("first", first));
    for (const [name, pair] of [["second", second], ["third", third]] as const) {
      const { warnings } = await swap(system, device.paths, give(name, pair));
      assert.deepEqual(warnings.map((warning) => (warning as { code: string }).code), [
        "combined-left-behind",
      ]);
    }
    Deno.removeSync(device.withCombined.combined);
    const { warnings } = await swap(system, device.paths, {
      ...give("second", second),
      allowOlder: true,
    });
    assert.deepEqual(warnings, []);
  });
});

Deno.test("swap() warns if the combined file is not the one of the last change", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const options = { ...swapDefaults, newPair: device.give("first", first) };
    await swap(system, device.withCombined, options);
    const moved = { ...device.paths, combined: join(device.tls, "moved.pem") };
    const newPair = device.give("second", second);
    const { warnings } = await swap(system, moved, { ...swapDefaults, newPair });
    assert.deepEqual(warnings.map((warning) => (warning as { code: string }).code), [
      "combined-left-behind",
    ]);
    assert.equal(device.read("all.pem"), first.keyPem + first.chainPem);
  });
});

Deno.test("swap() keeps the replaced pair if requested, and otherwise drops an earlier one", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    Deno.chmodSync(device.paths.key, 0o640);
    const newPair = device.give("second", second);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    assert.equal(device.read(hidden.previousCertificate), first.chainPem);
    assert.equal(device.read(hidden.previousKey), first.keyPem);
    assert.equal(modeOf(join(device.tls, hidden.previousKey)), 0o600, "services do not read it");
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("third", third) });
    assert.equal(device.read(hidden.previousCertificate), undefined);
    assert.equal(device.read(hidden.previousKey), undefined);
  });
});

Deno.test("swap() does nothing if the pair is already active", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    const newPair = device.give("first", first);
    await swap(system, device.paths, { ...swapDefaults, newPair, keepPrevious: true });
    const before = readTree(device.tls);
    const { proposal } = await swap(system, device.paths, {
      ...swapDefaults,
      newPair,
      keepPrevious: true,
    });
    assert.equal(proposal.isChange, false);
    assert.deepEqual(readTree(device.tls), before);
  });
});

Deno.test("swap() replaces only the certificate if the key is unchanged", async () => {
  const { first } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const renewed = device.give("renewed", { ...first, chainPem: `A comment\n${first.chainPem}` });
    const before = Deno.lstatSync(device.paths.key).ino;
    await swap(system, device.paths, { ...swapDefaults, newPair: renewed });
    assert.equal(Deno.lstatSync(device.paths.key).ino, before);
    assert.ok(device.read("cert.pem")?.startsWith("A comment"));
  });
});

for (
  const [what, defect, breakIt] of [
    [
      "certificate missing",
      "certificate-missing",
      ({ certificate }) => Deno.removeSync(certificate),
    ],
    ["key missing", "key-missing", ({ key }) => Deno.removeSync(key)],
    [
      "certificate not PEM",
      "unreadable",
      ({ certificate }) => Deno.writeTextFileSync(certificate, "\0\0\0"),
    ],
    ["key truncated", "unreadable", ({ key }) => Deno.truncateSync(key, 100)],
  ] satisfies [string, string, (paths: { certificate: string; key: string }) => void][]
) {
  Deno.test(`swap() replaces a broken active pair (${what}) with a warning`, async () => {
    const { first, second } = await fleet();
    await withDevice(async (device) => {
      device.activate(second);
      breakIt(device.paths);
      // Older than the broken one, which is not compared because it is unusable.
      const newPair = device.give("first", first);
      const { warnings } = await swap(system, device.paths, {
        ...swapDefaults,
        newPair,
        keepPrevious: true,
      });
      assert.deepEqual(warnings.map((warning) => (warning as { defect?: string }).defect), [
        defect,
      ]);
      assert.equal(device.read("cert.pem"), first.chainPem);
      assert.equal(device.read("key.pem"), first.keyPem);
      assert.equal(device.read(hidden.previousKey), undefined, "a broken pair is not kept");
    });
  });
}

Deno.test("swap() replaces a mismatched active pair with a warning", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate({ ...first, keyPem: second.keyPem });
    const newPair = device.give("third", third);
    const { warnings } = await swap(system, device.paths, { ...swapDefaults, newPair });
    assert.equal((warnings[0] as { defect?: string }).defect, "mismatched");
    assert.equal(device.read("key.pem"), third.keyPem);
  });
});

Deno.test("swap() that fails on a full disk keeps the old pair and removes the pending one", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 });
    const full = refusing(
      denoFileSystem,
      (operation, path) =>
        operation === "create" && path.endsWith("cert.pem.certswap.tmp") ? "ENOSPC" : undefined,
    );
    await assert.rejects(
      swap(testSystem({ files: full }), device.paths, swapDefaults),
      (error) =>
        error instanceof SwapFailedError && error.pendingRemoved &&
        error.cause instanceof TransactionFailedError,
    );
    assert.equal(device.read("cert.pem"), first.chainPem);
    assert.equal(device.read("key.pem"), first.keyPem);
    assert.equal(device.read(hidden.pendingCertificate), undefined);
    assert.equal(device.read(hidden.pendingKey), undefined);
  });
});

Deno.test("swap() of a new pair that fails does not touch another pending pair", async () => {
  const { first, second, third } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const staged = device.give("second", second);
    await stage(system, device.paths, { ...strict, newPair: staged, lockTimeout: 1000 });
    const before = readTree(device.tls);
    const newPair = device.give("third", third);
    const stuck = refusing(
      denoFileSystem,
      (operation, path) =>
        operation === "rename" && path.endsWith("/.key.pem.certswap.tmp") ? "EIO" : undefined,
    );
    await assert.rejects(
      swap(testSystem({ files: stuck }), device.paths, { ...swapDefaults, newPair }),
      TransactionFailedError,
    );
    assert.deepEqual(readTree(device.tls), before);
  });
});

Deno.test("planSwap() reports what would be done, without a lock, and changes nothing", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    device.activate(first);
    const newPair = device.give("second", second);
    const before = readTree(device.root);
    const { changes } = await planSwap(system, device.withCombined, {
      ...swapDefaults,
      newPair,
      keepPrevious: true,
    });
    assert.deepEqual(changes, [
      { action: "create", path: device.withCombined.combined },
      { action: "replace", path: device.paths.key },
      { action: "replace", path: device.paths.certificate },
      { action: "create", path: join(device.tls, hidden.previousCertificate) },
      { action: "create", path: join(device.tls, hidden.previousKey) },
    ]);
    assert.deepEqual(readTree(device.root), before);
  });
});

Deno.test("swap() records each change in the state, and keeps unknown fields", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    const path = ".certswap/cert.pem.state";
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
    const state = JSON.parse(device.read(path) ?? "");
    assert.equal(state.version, 1);
    assert.equal(state.lastChange.at, "2026-06-01T12:00:00.000Z");
    Deno.writeTextFileSync(
      join(device.tls, path),
      JSON.stringify({ ...state, latestTime: "2027-01-01T00:00:00.000Z", future: { hook: true } }),
    );
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    const next = JSON.parse(device.read(path) ?? "");
    assert.equal(next.latestTime, "2027-01-01T00:00:00.000Z", "the latest time never decreases");
    assert.deepEqual(next.future, { hook: true });
    assert.notEqual(next.lastChange.fingerprint, state.lastChange.fingerprint);
  });
});

Deno.test("swap() replaces a corrupt state file with a warning", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
    Deno.writeTextFileSync(join(device.tls, ".certswap/cert.pem.state"), '{"version":');
    const { warnings } = await swap(system, device.paths, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.deepEqual(warnings.map((warning) => (warning as { code: string }).code), [
      "unreadable-state",
    ]);
    assert.equal(JSON.parse(device.read(".certswap/cert.pem.state") ?? "").version, 1);
    assert.equal(device.read("cert.pem"), second.chainPem);
  });
});

Deno.test("swap() ends the failures and the waiting time of a renewal", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
    const at = testTime;
    const state: PairState = {
      renewal: { attempts: 7, lastAttempt: at, nextAttempt: new Date(at.getTime() + minute) },
      lastFailure: { at, code: "issuer-failed", text: "why", since: at, count: 7 },
      totals: { attempts: 7, failures: 7 },
      other: {},
    };
    const path = join(device.tls, ".certswap/cert.pem.state");
    Deno.writeFileSync(path, await encodeState(state));
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("second", second) });
    const { renewal, lastFailure, totals, lastChange } = JSON.parse(Deno.readTextFileSync(path));
    assert.deepEqual([renewal, lastFailure], [undefined, undefined]);
    assert.deepEqual([totals, lastChange.by], [state.totals, "swap"]);
  });
});

Deno.test("swap() continues if the path of the state file is a directory", async () => {
  const { first, second } = await fleet();
  await withDevice(async (device) => {
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("first", first) });
    Deno.removeSync(join(device.tls, ".certswap/cert.pem.state"));
    Deno.mkdirSync(join(device.tls, ".certswap/cert.pem.state"));
    const { warnings } = await swap(system, device.paths, {
      ...swapDefaults,
      newPair: device.give("second", second),
    });
    assert.equal((warnings[0] as { code: string }).code, "unreadable-state");
    assert.equal(device.read("cert.pem"), second.chainPem);
  });
});

Deno.test("swap() calls a certificate older if it starts a day earlier and ends no later", async () => {
  const { authority } = await fleet();
  const issue = (notBefore: string, notAfter: string) =>
    authority.issue({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
  const active = await issue("2026-02-02T00:00:00Z", "2026-12-01T00:00:00Z");
  const taken = [
    // Backdated by a different amount than the active one.
    await issue("2026-02-01T00:00:00Z", "2026-12-01T00:00:00Z"),
    await issue("2026-02-01T00:00:00Z", "2026-11-30T00:00:00Z"),
    await issue("2026-01-01T00:00:00Z", "2026-12-01T00:00:01Z"),
  ];
  const older = await issue("2026-01-31T23:59:59Z", "2026-12-01T00:00:00Z");
  for (const pair of taken) {
    await withDevice(async (device) => {
      device.activate(active);
      await swap(system, device.paths, { ...swapDefaults, newPair: device.give("new", pair) });
      assert.equal(device.read("cert.pem"), pair.chainPem);
    });
  }
  await withDevice(async (device) => {
    device.activate(active);
    const newPair = device.give("older", older);
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair }),
      OlderThanActiveError,
    );
    await swap(system, device.paths, { ...swapDefaults, newPair, allowOlder: true });
    assert.equal(device.read("cert.pem"), older.chainPem);
  });
});

/** A pair from the fleet's CA, with this age and lifetime in minutes at the time of the tests. */
async function shortLived(age: number, life: number): Promise<TestPair> {
  const notBefore = testTime.getTime() - age * minute;
  return await (await fleet()).authority.issue({
    notBefore: new Date(notBefore),
    notAfter: new Date(notBefore + life * minute),
  });
}

Deno.test("swap() calls a short-lived certificate older if it starts half a lifetime earlier", async () => {
  const active = await shortLived(5, 60);
  const [taken, older] = [await shortLived(35, 60), await shortLived(36, 60)];
  await withDevice(async (device) => {
    device.activate(active);
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair: device.give("older", older) }),
      OlderThanActiveError,
    );
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("new", taken) });
    assert.equal(device.read("cert.pem"), taken.chainPem);
  });
});

Deno.test("swap() accepts a certificate with a tenth of its lifetime left, or an hour", async () => {
  const lives = [[10, 1], [60, 6], [8 * 60, 48], [10 * 60, 60], [90 * 24 * 60, 60]] as const;
  for (const [life, least] of lives) {
    await withDevice(async (device) => {
      const late = device.give("late", await shortLived(life - least + 0.1, life));
      await assert.rejects(
        swap(system, device.paths, { ...swapDefaults, newPair: late }),
        (error) => error instanceof CertificateExpiresSoonError && error.least === least * minute,
      );
      const inTime = device.give("in-time", await shortLived(life - least, life));
      await swap(system, device.paths, { ...swapDefaults, newPair: inTime });
    });
  }
});

const { serverAuth, clientAuth, codeSigning } = purposeOid;

Deno.test("swap() keeps all purposes of the active pair, unless the needed ones are given", async () => {
  const { authority } = await fleet();
  const forBoth = await authority.issue({ purposes: [] });
  const forServers = await authority.issue({ purposes: [serverAuth] });
  await withDevice(async (device) => {
    device.activate(forBoth);
    const newPair = device.give("new", forServers);
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair }),
      (error) =>
        error instanceof PurposeLostError && error.purposes.join() === clientAuth &&
        error.path === newPair.certificate,
    );
    assert.equal(device.read("cert.pem"), forBoth.chainPem);
    await swap(system, device.paths, { ...swapDefaults, newPair, purposes: [serverAuth] });
    assert.equal(device.read("cert.pem"), forServers.chainPem);
    // More purposes are always accepted.
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("both", forBoth) });
    assert.equal(device.read("cert.pem"), forBoth.chainPem);
  });
});

Deno.test("swap() accepts a pair that is not for TLS if its purpose is given, staged or not", async () => {
  const { authority } = await fleet();
  const pair = await authority.issue({ purposes: [codeSigning] });
  await withDevice(async (device) => {
    const newPair = device.give("new", pair);
    const options = { ...swapDefaults, purposes: [codeSigning] };
    await assert.rejects(
      swap(system, device.paths, { ...swapDefaults, newPair }),
      UnusableFileError,
    );
    await assert.rejects(
      stage(system, device.paths, { ...strict, newPair, lockTimeout: 1000 }),
      UnusableFileError,
    );
    await stage(system, device.paths, { ...strict, ...options, newPair });
    await assert.rejects(swap(system, device.paths, swapDefaults), UnusableFileError);
    await swap(system, device.paths, options);
    assert.equal(device.read("cert.pem"), pair.chainPem);
    await swap(system, device.paths, { ...options, newPair });
  });
});

Deno.test("swap() accepts an ECDSA key after an RSA key with more keyUsage bits", async () => {
  const { authority } = await fleet();
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const rsa = await authority.issue({
    key: "rsa-2048",
    keyUsage: digitalSignature | keyEncipherment,
  });
  const ec = await authority.issue({ keyUsage: digitalSignature });
  await withDevice(async (device) => {
    device.activate(rsa);
    await swap(system, device.paths, { ...swapDefaults, newPair: device.give("ec", ec) });
    assert.equal(device.read("cert.pem"), ec.chainPem);
  });
});

Deno.test("swap() accepts a chain that includes its root, and the root as a trust anchor", async () => {
  const { authority } = await fleet();
  const middle = await authority.subordinate();
  const pair = await middle.issue();
  await withDevice(async (device) => {
    const chainPem = pair.chainPem + authority.certificatePem;
    const newPair = device.give("new", { ...pair, chainPem });
    const trust = join(device.root, "trust.pem");
    Deno.writeTextFileSync(trust, authority.certificatePem);
    await swap(system, device.paths, { ...swapDefaults, newPair, trust });
    assert.equal(device.read("cert.pem"), chainPem, "served as given");
  });
});
