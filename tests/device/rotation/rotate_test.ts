import assert from "node:assert/strict";
import { hour } from "../../../lib/system/mod.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { readCertificateFile, readPrivateKeyFile } from "../../../lib/x509/mod.ts";
import { readRequestFile } from "../../../lib/x509/read/request.ts";
import { visibleFiles } from "../../simulation/model/disk.ts";
import {
  type Operation,
  SimulatedFileSystem,
} from "../../simulation/model/simulated_file_system.ts";

import {
  commonSigner,
  configured,
  day,
  ended,
  rotatedWorld,
  RotationWorld,
  signs,
} from "../../support/rotation_world.ts";

const encode = (text: string | undefined): Uint8Array => new TextEncoder().encode(text);

const requested = {
  key: "/tls/.key.pem.certswap.requested",
  request: "/tls/.cert.pem.certswap.request",
};
const previous = {
  certificate: "/tls/.cert.pem.certswap.previous",
  key: "/tls/.key.pem.certswap.previous",
};
const pending = {
  certificate: "/tls/.cert.pem.certswap.pending",
  key: "/tls/.key.pem.certswap.pending",
};

function modeOf(world: RotationWorld, path: string): number | undefined {
  const file = visibleFiles(world.files.disk).get(path);
  return typeof file === "object" ? file.mode : undefined;
}

/** All files of certswap that exist only during a change. */
function temporaryFiles(world: RotationWorld): string[] {
  return [...visibleFiles(world.files.disk).keys()].filter((path) =>
    path.includes(".pem.certswap.")
  );
}

Deno.test("rotatePair() creates a first pair, tells the service, and records that all is done", async () => {
  const world = new RotationWorld(await commonSigner());
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated");
  assert.equal(result.reason, "missing");
  assert.equal(modeOf(world, "/tls/key.pem"), 0o600);
  assert.equal(modeOf(world, "/tls/cert.pem"), 0o644);
  assert.deepEqual(world.served, world.active);
  assert.equal(world.count("hook"), 1);
  assert.deepEqual(temporaryFiles(world), []);
  const { owed, renewal, lastSuccess, totals } = world.state;
  assert.deepEqual({ owed, renewal, lastSuccess, totals }, {
    owed: undefined,
    renewal: undefined,
    lastSuccess: world.now,
    totals: { attempts: 1, failures: 0 },
  });
  assert.deepEqual(world.events.map(({ event }) => event), [
    "due",
    "request-made",
    "asking-issuer",
    "swapped",
    "hook-succeeded",
    "probe-passed",
    "done",
  ]);
});

Deno.test("rotatePair() requests the configured names, with a key that only the owner can read", async () => {
  const world = new RotationWorld(await commonSigner());
  world.issuer = ({ input }) => {
    assert.equal(modeOf(world, requested.key), 0o600);
    assert.deepEqual(encode(world.read(requested.request)), input);
    return ended(1);
  };
  await world.rotate();
  const { subject, subjectAltName } = readRequestFile(encode(world.read(requested.request)));
  assert.equal(subject.relativeNames.length, 1);
  assert.deepEqual(subjectAltName, [
    { kind: "dns", text: "device.example" },
    { kind: "dns", text: "www.example" },
  ]);
});

Deno.test("rotatePair() with nothing due writes nothing, runs nothing and emits no event", async () => {
  const world = await rotatedWorld();
  world.pass(day / 2);
  const before = world.tree;
  const result = await world.rotate();
  assert.equal(result.outcome, "idle");
  assert.ok(result.nextAttempt !== undefined && result.nextAttempt > world.now);
  assert.deepEqual(world.tree, before);
  assert.deepEqual(world.runs, []);
  assert.deepEqual(world.events, []);
});

Deno.test("rotatePair() with nothing due records the time, once a day", async () => {
  const world = await rotatedWorld();
  world.pass(day);
  await world.rotate();
  assert.deepEqual(world.state.latestTime, world.now);
  const noted = world.now;
  world.pass(day / 2);
  await world.rotate();
  assert.deepEqual(world.state.latestTime, noted);
});

/** A device whose disk can refuse operations. */
async function onDiskThat(
  fate: (operation: Operation) => boolean,
  errno: string,
): Promise<{ readonly world: RotationWorld; readonly disk: { isFine: boolean } }> {
  const rotated = await rotatedWorld();
  const disk = { isFine: false };
  const files = new SimulatedFileSystem(rotated.files.disk, {
    fate: (operation) => !disk.isFine && fate(operation) ? { errno } : "run",
  });
  const world = new RotationWorld(rotated.signer, files);
  world.now = rotated.now;
  return { world, disk };
}

const writes = ["create", "write", "mkdir", "rename", "unlink", "link"];
/** With a read-only file system, a lock file cannot be opened, because it is opened for writing. */
const isRefusedReadOnly = ({ operation, path }: Operation): boolean =>
  writes.includes(operation) || operation === "open" && path.endsWith(".lock");

Deno.test("rotatePair() at rest reports a disk mounted read-only in the next run", async () => {
  for (const errno of ["EROFS", "EACCES"]) {
    const { world, disk } = await onDiskThat(isRefusedReadOnly, errno);
    for (let run = 0; run < 3; run++) {
      world.pass(hour);
      const { outcome, errors, attention, nextAttempt } = await world.rotate();
      assert.equal(outcome, "failed");
      assert.match(
        describe(errors[0]).message,
        /^cannot write the state of the pair, \/tls\/\.certswap\/cert\.pem\.state: cannot open /,
      );
      assert.equal(attention?.urgency, "notice");
      assert.equal(attention.failure?.code, "state-not-written");
      assert.ok(nextAttempt !== undefined);
    }
    disk.isFine = true;
    assert.equal((await world.rotate()).outcome, "idle");
  }
});

Deno.test("rotatePair() at rest reports a full disk in every run, from a day after it filled", async () => {
  const { world, disk } = await onDiskThat(({ operation }) => writes.includes(operation), "ENOSPC");
  world.pass(day);
  for (let run = 0; run < 3; run++) {
    const { outcome, errors } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.match(describe(errors[0]).message, /no space left/i);
    world.pass(hour);
  }
  disk.isFine = true;
  assert.equal((await world.rotate()).outcome, "idle");
  assert.deepEqual(world.state.latestTime, world.now);
});

Deno.test("rotatePair() that waits reports a read-only disk with increasing urgency", async () => {
  const { world, disk } = await onDiskThat(isRefusedReadOnly, "EROFS");
  const urgencies: (string | undefined)[] = [];
  for (const days of [0, 68, 12, 8, 10]) {
    world.pass(days * day);
    const { outcome, attention } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.deepEqual(attention?.next, { kind: "next-run" });
    urgencies.push(attention?.urgency);
  }
  assert.deepEqual(urgencies, ["notice", "notice", "warning", "critical", "critical"]);
  assert.equal(world.count("issuer"), 0, "nothing is requested that could not be kept");
  disk.isFine = true;
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("rotatePair() keeps the issuer's answer if a file cannot be replaced, and asks once", async () => {
  // As rename(2) fails for a file that is a mount point.
  const isKey = ({ operation, path }: Operation): boolean =>
    operation === "rename" && path === "/tls/.key.pem.certswap.tmp";
  const { world, disk } = await onDiskThat(isKey, "EBUSY");
  world.pass(80 * day);
  for (let run = 0; run < 48; run++) {
    assert.notEqual((await world.rotate()).outcome, "rotated");
    world.pass(hour);
  }
  assert.equal(world.count("issuer"), 1);
  disk.isFine = true;
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.equal(world.count("issuer"), 1);
});

Deno.test("rotatePair() reports in every run that it cannot record a jump of the clock", async () => {
  const { world, disk } = await onDiskThat(({ operation }) => writes.includes(operation), "ENOSPC");
  const issuer = { kind: "local", dataDirectory: "/ca", validity: 90 * day } as const;
  world.configuration = { ...configured, issuer };
  world.pass(300 * day);
  for (let run = 0; run < 3; run++) {
    const { outcome, attention } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.equal(attention?.urgency, "critical");
    assert.equal(attention.failure?.code, "state-not-written");
    world.pass(hour);
  }
  disk.isFine = true;
  const { outcome, attention } = await world.rotate();
  assert.deepEqual([outcome, attention?.waitsFor], ["waiting", "clock"]);
  world.pass(hour);
  assert.equal((await world.rotate()).reason, "expired", "the clock has advanced, and is believed");
  assert.equal(world.state.renewal?.attempts, 1);
});

Deno.test("rotatePair() renews a pair when it is due, with the names of the active pair", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, identity: { subject: undefined, names: undefined } };
  const first = world.active;
  const { nextAttempt } = await world.rotate();
  assert.ok(nextAttempt !== undefined);
  world.now = new Date(nextAttempt.getTime() - 1);
  assert.equal((await world.rotate()).outcome, "idle");
  world.now = nextAttempt;
  const result = await world.rotate();
  assert.equal(result.outcome, "rotated");
  assert.equal(result.reason, "renewal");
  assert.notDeepEqual(world.active, first);
  assert.deepEqual(world.served, world.active);
  assert.deepEqual(result.certificate?.names, ["DNS:device.example", "DNS:www.example"]);
  assert.deepEqual(temporaryFiles(world), []);
});

Deno.test("rotatePair() creates a new key each time, or keeps the key if configured", async () => {
  const world = await rotatedWorld();
  const first = world.read("/tls/key.pem");
  await world.rotate({ force: true });
  const second = world.read("/tls/key.pem");
  assert.notEqual(second, first);
  world.pass(1000);
  world.configuration = { ...configured, keyPolicy: "keep" };
  const certificate = world.active;
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  assert.equal(world.read("/tls/key.pem"), second);
  assert.notDeepEqual(world.active, certificate);
});

for (const kind of ["ecdsa-p384", "rsa-2048", "ed25519"] as const) {
  Deno.test(`rotatePair() creates a key of the configured type ${kind}`, async () => {
    const world = new RotationWorld(await commonSigner());
    world.configuration = { ...configured, keyAlgorithm: kind };
    assert.equal((await world.rotate()).outcome, "rotated");
    const { algorithm } = readPrivateKeyFile(encode(world.read("/tls/key.pem")));
    const written = algorithm.kind === "ec"
      ? `ecdsa-${algorithm.curve.replace("-", "").toLowerCase()}`
      : algorithm.kind === "rsa"
      ? `rsa-${algorithm.bits}`
      : algorithm.kind;
    assert.equal(written, kind);
  });
}

Deno.test("rotatePair() asks again with the same request and the same key after a failure", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  await world.rotate({ force: true });
  const [key, request] = [world.read(requested.key), world.read(requested.request)];
  world.issuer = signs;
  assert.equal((await world.rotate({ force: true })).outcome, "rotated");
  const [first, second] = world.runs.filter(({ program }) => program === "/bin/issuer");
  assert.deepEqual(first?.options.input, second?.options.input);
  assert.equal(new TextDecoder().decode(second?.options.input), request);
  assert.equal(world.read("/tls/key.pem"), key);
});

Deno.test("rotatePair() creates a new request if the configuration has changed", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  await world.rotate({ force: true });
  const request = world.read(requested.request);
  world.configuration = {
    ...configured,
    identity: { subject: "CN=device.example", names: ["DNS:device.example", "DNS:new.example"] },
  };
  world.issuer = signs;
  const result = await world.rotate({ force: true });
  assert.deepEqual(result.certificate?.names, ["DNS:device.example", "DNS:new.example"]);
  assert.notEqual(request, undefined);
});

Deno.test("rotatePair() waits for an issuer that is not ready, and asks again at the next run", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(75);
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "waiting");
  assert.deepEqual(result.errors, []);
  assert.equal(world.state.lastFailure, undefined);
  world.issuer = signs;
  world.pass(60_000);
  world.configuration = { ...configured, renewBefore: { kind: "time", milliseconds: 90 * day } };
  world.pass(60 * day);
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("rotatePair() with wait asks an issuer that is not ready until it answers", async () => {
  const world = await rotatedWorld();
  let asked = 0;
  world.issuer = async (options) => ++asked < 4 ? ended(75) : await signs(options, world);
  const start = world.now;
  assert.equal((await world.rotate({ force: true, wait: true })).outcome, "rotated");
  assert.equal(asked, 4);
  assert.ok(world.now.getTime() - start.getTime() >= 15_000);
});

Deno.test("rotatePair() stopped while it waits says so, and the next run asks immediately", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(75);
  world.pass(85 * day);
  world.slept = () => world.signal("SIGINT");
  const result = await world.rotate({ wait: true });
  assert.equal(result.isInterrupted, true);
  assert.equal(result.outcome, "failed");
  assert.match(describe(result.errors[0]).message, /stopped by SIGINT/);
  assert.equal(world.state.renewal?.attempts, 0, "not a failure");
  assert.deepEqual(world.events.map(({ event }) => event).slice(2), [
    "asking-issuer",
    "issuer-pending",
    "failed",
  ]);
  world.issuer = signs;
  assert.equal((await world.rotate()).outcome, "rotated");
});

Deno.test("rotatePair() counts a failure after a wait once", async () => {
  const world = await rotatedWorld();
  let asked = 0;
  world.issuer = () => ended(++asked < 3 ? 75 : 1);
  world.pass(85 * day);
  const result = await world.rotate({ wait: true });
  assert.equal(result.outcome, "failed");
  assert.equal(world.state.renewal?.attempts, 1);
  assert.equal((await world.rotate()).outcome, "waiting");
});

Deno.test("rotatePair() retries with increasing delays, across runs, and never gives up", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1, { errorOutput: "no route to host" });
  world.pass(68 * day);
  const intervals: number[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const result = await world.rotate();
    assert.equal(result.outcome, "failed", `attempt ${attempt}`);
    assert.ok(result.nextAttempt !== undefined);
    intervals.push(result.nextAttempt.getTime() - world.now.getTime());
    world.now = new Date(result.nextAttempt.getTime() - 1);
    assert.equal((await world.rotate()).outcome, "waiting");
    world.now = result.nextAttempt;
  }
  const [first, second, third] = intervals;
  assert.ok(first !== undefined && first >= 10 * 60_000 && first <= 15 * 60_000, `${first}`);
  assert.ok(second === 2 * first && third === 4 * first, intervals.join());
  assert.ok(Math.max(...intervals) <= 8 * 60 * 60_000, intervals.join());
  assert.equal(world.count("issuer"), 10);
  assert.deepEqual(world.state.totals, { attempts: 11, failures: 10 });
  world.issuer = signs;
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.state.renewal, undefined);
});

Deno.test("rotatePair() retries within an hour without a valid pair, however often it fails", async () => {
  const world = new RotationWorld(await commonSigner());
  world.issuer = () => ended(1);
  for (let attempt = 0; attempt < 50; attempt++) {
    const { nextAttempt } = await world.rotate({ force: true });
    assert.ok(nextAttempt !== undefined);
    assert.ok(nextAttempt.getTime() - world.now.getTime() < hour, `attempt ${attempt}`);
    world.now = nextAttempt;
  }
});

Deno.test("rotatePair() shortens the delay for a pair that becomes critical", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  world.pass(68 * day);
  for (let attempt = 0; attempt < 8; attempt++) {
    const { nextAttempt } = await world.rotate();
    world.now = nextAttempt ?? world.now;
  }
  const { nextAttempt } = await world.rotate({ force: true });
  assert.ok(nextAttempt !== undefined && nextAttempt.getTime() - world.now.getTime() > 4 * hour);
  world.write("/tls/key.pem", (await rotatedWorld()).read("/tls/key.pem") ?? "");
  world.issuer = signs;
  world.pass(hour);
  const { outcome, reason } = await world.rotate();
  assert.deepEqual([outcome, reason], ["rotated", "broken"]);
});

for (const exit of [1, 75]) {
  Deno.test(`rotatePair() respects an issuer's Retry-After, up to a day (exit ${exit})`, async () => {
    const world = await rotatedWorld();
    world.pass(100 * day);
    for (const [seconds, hours] of [[7200, 2], [1, 1 / 3600], [1_000_000, 24]] as const) {
      world.issuer = () => ended(exit, { output: `Retry-After: ${seconds}\n` });
      const { nextAttempt, attention } = await world.rotate({ force: true });
      assert.equal((nextAttempt?.getTime() ?? 0) - world.now.getTime(), hours * hour);
      assert.deepEqual(attention?.next, { kind: "attempt", at: nextAttempt, setBy: "issuer" });
      assert.equal((await world.rotate()).outcome, "waiting");
    }
    world.issuer = signs;
    world.pass(23 * hour);
    assert.equal((await world.rotate()).outcome, "waiting");
    world.pass(hour);
    assert.equal((await world.rotate()).outcome, "rotated");
    assert.equal(world.state.renewal, undefined);
  });
}

Deno.test("rotatePair() warns about a Retry-After that cannot be read", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(75, { output: `Retry-After: soon${"!".repeat(1000)}\n` });
  const { outcome, warnings } = await world.rotate({ force: true });
  assert.equal(outcome, "waiting");
  const [warning, ...others] = warnings.map(describe);
  assert.equal(others.length, 0);
  assert.match(warning?.message ?? "", /'Retry-After: soon!{36}' is ignored: expected a whole/);
  assert.match(warning?.hint ?? "", /Retry-After: 3600/);
});

Deno.test("rotatePair() reports an issuer's Retry-After instead of an older error", async () => {
  const world = await rotatedWorld();
  world.pass(85 * day);
  world.issuer = () => ended(1);
  const begun = world.now;
  assert.equal((await world.rotate()).attention?.failure?.code, "issuer-failed");
  world.pass(hour);
  world.issuer = () => ended(75, { output: "Retry-After: 7200\n" });
  const asked = world.now;
  for (let run = 0; run < 2; run++) {
    const { attention, outcome } = await world.rotate();
    assert.equal(outcome, "waiting");
    assert.equal(attention?.failure?.code, "issuer-not-ready");
    assert.deepEqual([attention?.failure?.since, attention?.failure?.at], [begun, asked]);
    const at = new Date(asked.getTime() + 2 * hour);
    assert.deepEqual(attention?.next, { kind: "attempt", at, setBy: "issuer" });
    world.pass(hour / 2);
  }
  assert.deepEqual(world.state.totals?.failures, 1, "not a failure");
  world.pass(2 * hour);
  world.issuer = () => ended(3, { output: "Retry-After: 60\n" });
  const { attention } = await world.rotate();
  assert.equal(attention?.failure?.count, 3);
  assert.match(attention?.failure?.text ?? "", /exit code 3$/);
});

Deno.test("rotatePair() reports since when a pair fails, even if it cannot write the state", async () => {
  const { world, disk } = await onDiskThat(isRefusedReadOnly, "EROFS");
  disk.isFine = true;
  world.pass(85 * day);
  world.issuer = () => ended(1);
  const begun = world.now;
  await world.rotate();
  world.pass(hour / 4);
  await world.rotate();
  disk.isFine = false;
  for (const passed of [hour / 60, 8 * hour, day]) {
    world.pass(passed);
    const { attention } = await world.rotate();
    assert.deepEqual([attention?.failure?.since, attention?.failure?.count], [begun, 3]);
    assert.deepEqual(attention?.failure?.at, world.now);
    assert.equal(attention?.failure?.code, "state-not-written");
    assert.equal(attention?.unwritable?.errno, "EROFS");
    assert.equal(attention?.unwritable?.directory, "/tls/.certswap");
    assert.deepEqual(attention?.next, { kind: "next-run" });
  }
});

Deno.test("rotatePair() leaves no renewal in progress after --force failed for a pair not due", async () => {
  const world = await rotatedWorld();
  const { nextAttempt: due } = await world.rotate();
  world.issuer = () => ended(1);
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.equal(result.attention, undefined, "its error is enough");
  assert.deepEqual(result.nextAttempt, due);
  assert.equal(world.state.renewal, undefined);
  assert.equal(world.state.lastFailure?.code, "issuer-failed");
  const idle = await world.rotate();
  assert.deepEqual([idle.outcome, idle.attention], ["idle", undefined]);
  world.now = due ?? world.now;
  await world.rotate();
  assert.deepEqual(world.state.lastFailure?.since, world.now, "a new row of failures");
  assert.equal(world.state.lastFailure?.count, 1);
});

Deno.test("rotatePair() removes a renewal after the pair was replaced by hand", async () => {
  const world = await rotatedWorld();
  world.pass(85 * day);
  world.issuer = () => ended(1);
  await world.rotate();
  assert.notEqual(world.state.renewal, undefined);
  const other = await rotatedWorld();
  other.pass(85 * day);
  await other.rotate();
  for (const path of ["/tls/cert.pem", "/tls/key.pem"]) world.write(path, other.read(path) ?? "");
  world.served = world.active;
  for (let run = 0; run < 2; run++) {
    const { outcome, attention } = await world.rotate();
    assert.deepEqual([outcome, attention], ["idle", undefined]);
    // The device was off for months: the clock is believed once it has advanced.
    world.pass(hour);
  }
  assert.equal(world.state.renewal, undefined);
});

Deno.test("rotatePair() replaces a pair that has expired or is broken", async () => {
  const world = await rotatedWorld();
  world.pass(100 * day);
  const expired = await world.rotate();
  assert.deepEqual([expired.outcome, expired.reason], ["rotated", "expired"]);
  const key = world.read("/tls/key.pem");
  world.write("/tls/key.pem", (await rotatedWorld()).read("/tls/key.pem") ?? "");
  const broken = await world.rotate();
  assert.deepEqual([broken.outcome, broken.reason], ["rotated", "broken"]);
  assert.notEqual(world.read("/tls/key.pem"), key);
  assert.deepEqual(world.served, world.active);
});

Deno.test("rotatePair() activates a staged pair instead of requesting another", async () => {
  const world = await rotatedWorld();
  const other = await rotatedWorld();
  other.now = world.now = new Date(world.now.getTime() + 80 * day);
  await other.rotate();
  world.write(pending.certificate, other.read("/tls/cert.pem") ?? "");
  world.write(pending.key, other.read("/tls/key.pem") ?? "");
  assert.equal((await world.rotate()).outcome, "rotated");
  assert.equal(world.count("issuer"), 0);
  assert.equal(world.count("hook"), 1);
  assert.deepEqual(world.active, other.active);
  assert.deepEqual(temporaryFiles(world), []);
});

Deno.test("rotatePair() does not touch a staged pair while nothing is due", async () => {
  const world = await rotatedWorld();
  const other = await rotatedWorld();
  world.write(pending.certificate, other.read("/tls/cert.pem") ?? "");
  world.write(pending.key, other.read("/tls/key.pem") ?? "");
  const before = world.tree;
  assert.equal((await world.rotate()).outcome, "idle");
  assert.deepEqual(world.tree, before);
});

Deno.test("rotatePair() removes the previous pair once the service uses the new one", async () => {
  const world = await rotatedWorld();
  world.hook = (options, _) => {
    assert.notEqual(world.read(previous.key), undefined, "kept until the probe has passed");
    world.served = world.active;
    return ended(0, { output: options.command.join() });
  };
  await world.rotate({ force: true });
  assert.equal(world.read(previous.key), undefined);
  assert.equal(world.read(previous.certificate), undefined);
});

Deno.test("rotatePair() keeps the previous pair for as long as configured", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, keepPrevious: 7 * day };
  const old = world.read("/tls/cert.pem");
  world.pass(1000);
  await world.rotate({ force: true });
  world.pass(6 * day);
  await world.rotate();
  assert.equal(world.read(previous.certificate), old);
  world.pass(2 * day);
  await world.rotate();
  assert.equal(world.read(previous.certificate), undefined);
  assert.equal(world.read(previous.key), undefined);
  assert.equal(world.events.at(-1)?.event, "previous-removed");
});

Deno.test("rotatePair() renews nothing if the path of the state file is a directory", async () => {
  const world = await rotatedWorld();
  const { active } = world;
  world.files.unlink("/tls/.certswap/cert.pem.state");
  world.files.makeDirectory("/tls/.certswap/cert.pem.state", 0o700);
  const result = await world.rotate({ force: true });
  assert.equal(result.outcome, "failed");
  assert.match(
    describe(result.errors[0]).message,
    /cannot store the state of the pair: .*cert\.pem\.state is not a regular file/,
  );
  assert.deepEqual(world.active, active);
  assert.equal(world.count("issuer"), 0);
  assert.equal(world.count("hook"), 1, "unknown whether the service was told");
});

Deno.test("rotatePair() does not renew a pair without an issuer", async () => {
  const world = await rotatedWorld();
  world.configuration = { ...configured, issuer: undefined };
  world.pass(200 * day);
  const result = await world.rotate();
  assert.deepEqual([result.outcome, result.nextAttempt], ["idle", undefined]);
  assert.deepEqual(world.runs, []);
});

Deno.test("rotatePair() passes only the details of the pair to the issuer and the hook", async () => {
  const world = await rotatedWorld();
  const serial = readCertificateFile(encode(world.read("/tls/cert.pem"))).leaf.serialNumber;
  world.pass(1000);
  await world.rotate({ force: true });
  const [issuer, hook] = world.runs;
  const common = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
    HOME: "/",
    CERTSWAP_NAME: "web",
    CERTSWAP_CERT: "/tls/cert.pem",
    CERTSWAP_KEY: "/tls/key.pem",
  };
  assert.deepEqual(issuer?.options.command, ["/bin/issuer", "--flag"]);
  assert.deepEqual(issuer?.options.environment, common);
  assert.deepEqual(hook?.options.environment, {
    ...common,
    CERTSWAP_PAIRS: "web",
    CERTSWAP_OLD_SERIAL: serial,
    CERTSWAP_NEW_SERIAL: readCertificateFile(encode(world.read("/tls/cert.pem"))).leaf.serialNumber,
  });
});

Deno.test("rotatePair() calls a journal that no run can apply a warning, not a notice", async () => {
  const world = await rotatedWorld();
  world.write("/tls/.certswap/cert.pem.journal", "junk");
  const { attention, errors } = await world.rotate();
  assert.equal(describe(errors[0]).code, "journal-refused");
  assert.deepEqual([attention?.urgency, attention?.failure?.code], ["warning", "journal-refused"]);
});
