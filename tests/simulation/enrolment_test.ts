import assert from "node:assert/strict";
import { type Enrolment, prepareEnrolment } from "../../lib/device/enrolment/mod.ts";
import { readConfiguration } from "../../lib/device/configuration/mod.ts";
import { CertswapError, type System } from "../../lib/system/mod.ts";
import { bytesOf } from "./model/contents.ts";
import { type Disk, plant, visibleFiles } from "./model/disk.ts";
import { powerCuts } from "./model/power_cut.ts";
import { SimulatedFileSystem } from "./model/simulated_file_system.ts";
import { simulatedSystem } from "./model/simulated_system.ts";
import { trace } from "./model/walk.ts";

/*
 * What `enroll` prepares before it asks the server: when it goes on, no power cut takes any of it. The pair
 * would be lost with its directory, after the secret has been used.
 */

const enrolment: Enrolment = {
  name: "device",
  directory: "/srv/tls/device",
  configuration: "/etc/certswap.toml",
  url: "https://ca.example",
  trust: "/trust.pem",
  username: "device",
  secretFile: "/etc/device.secret",
  secret: new TextEncoder().encode("a secret"),
};

const fresh = plant({ "/etc/": {}, "/srv/": {}, "/trust.pem": "anchors" });

const prepared = [
  "/etc/certswap.d/",
  "/etc/certswap.d/device.toml",
  "/etc/certswap.toml",
  "/etc/device.secret",
  "/srv/tls/",
  "/srv/tls/device/",
];

const prepare = (system: System) => prepareEnrolment(system, enrolment);

/** A disk, and every disk that a power cut may leave of it. */
const afterPowerCuts = (disk: Disk): readonly Disk[] => [disk, ...powerCuts(disk, "ordered")];

/** Everything is there, and whole. */
function requirePrepared(disk: Disk, when: string): void {
  const files = visibleFiles(disk);
  const missing = prepared.filter((path) => !files.has(path));
  assert.deepEqual(missing, [], `lost ${when}`);
  for (const path of prepared) {
    const seen = files.get(path);
    if (typeof seen !== "object") continue;
    const content = new TextDecoder().decode(bytesOf(seen.content));
    assert.ok(content.endsWith("\n"), `half of ${path} ${when}`);
    if (path !== enrolment.secretFile) continue;
    assert.equal(seen.mode, 0o600, when);
    assert.equal(content, "a secret\n", when);
  }
}

Deno.test("a power cut takes nothing that enroll has prepared", async () => {
  const { disks } = await trace(fresh, prepare);
  const end = disks.at(-1) ?? fresh;
  for (const left of afterPowerCuts(end)) requirePrepared(left, "after a power cut");
});

Deno.test("enroll goes on after a kill or a power cut at any operation, and then loses nothing", async () => {
  const { disks } = await trace(fresh, prepare);
  assert.ok(disks.length > 20, `only ${disks.length} disks`);
  for (const [index, disk] of disks.entries()) {
    for (const left of afterPowerCuts(disk)) {
      const again = await trace(left, prepare);
      const end = again.disks.at(-1) ?? left;
      for (const cut of afterPowerCuts(end)) requirePrepared(cut, `after a crash at ${index}`);
    }
  }
});

Deno.test("enroll without a secret on its input uses the one that is kept, or changes nothing", async () => {
  const empty = { ...enrolment, secret: new Uint8Array() };
  const { disks, result } = await trace(fresh, async (system) => {
    return await prepareEnrolment(system, empty).catch((error: unknown) => error);
  });
  assert.equal((result as CertswapError).code, "no-secret-given");
  assert.deepEqual(visibleFiles(disks.at(-1) ?? fresh), visibleFiles(fresh));
  const { disks: once } = await trace(fresh, prepare);
  const kept = once.at(-1) ?? fresh;
  const { disks: again } = await trace(kept, (system) => prepareEnrolment(system, empty));
  requirePrepared(again.at(-1) ?? kept, "by an empty input");
});

Deno.test("enroll needs the fsync of every directory that it changes", async () => {
  for (const path of ["/etc", "/etc/certswap.d", "/srv", "/srv/tls"]) {
    const mutation = () => (step: { operation: string; path: string }) =>
      step.operation === "fsync" && step.path === path;
    const { disks } = await trace(fresh, prepare, { mutation });
    const cuts = afterPowerCuts(disks.at(-1) ?? fresh);
    assert.throws(() => cuts.forEach((left) => requirePrepared(left, "")), path);
  }
});

/** A device whose pair is renewed from a CA on its own disk. */
const configured = plant({
  "/etc/certswap.toml": "# Written by hand.\n",
  "/etc/certswap.d/device.toml":
    '[pair.device]\ndir = "/srv/tls/device"\nissuer = { kind = "local", data_dir = "/ca" }\n',
  "/srv/tls/device/": {},
}, fresh);

Deno.test("no crash leaves a configuration that enroll refuses: it would stop every other pair", async () => {
  const before = [...visibleFiles(configured).keys()];
  // Two pairs with the same files.
  const second = { ...enrolment, name: "second", secret: undefined, secretFile: undefined };
  const { disks, result } = await trace(configured, async (system) => {
    return await prepareEnrolment(system, second).catch((error: unknown) => error);
  });
  assert.ok(result instanceof CertswapError);
  for (const left of [configured, ...disks].flatMap(afterPowerCuts)) {
    assert.deepEqual([...visibleFiles(left).keys()], before);
  }
});

/** The names of the pairs, or the code of the error. */
async function pairsOf(disk: Disk): Promise<readonly string[] | string> {
  const system = simulatedSystem(new SimulatedFileSystem(disk));
  try {
    return (await readConfiguration(system, enrolment.configuration)).pairs.map(({ name }) => name);
  } catch (error) {
    if (error instanceof CertswapError) return error.code;
    throw error;
  }
}

Deno.test("a crash at any operation of enroll leaves a configuration that works, or none", async () => {
  const other = { ...enrolment, name: "other", directory: "/srv/tls/other" };
  for (
    const [initial, wanted, before, after] of [
      [fresh, enrolment, "no-configuration", ["device"]],
      [configured, other, ["device"], ["device", "other"]],
    ] as const
  ) {
    const { disks } = await trace(initial, (system) => prepareEnrolment(system, wanted));
    const seen = new Set<string>();
    for (const disk of disks.flatMap(afterPowerCuts)) {
      const found = JSON.stringify(await pairsOf(disk));
      assert.ok([before, after].some((allowed) => JSON.stringify(allowed) === found), found);
      seen.add(found);
    }
    assert.equal(seen.size, 2);
  }
});

Deno.test("enroll beside a configuration that a link names writes where certswap reads", async () => {
  const linked = plant(
    { "/data/": {}, "/data/certswap.toml": "# The pairs are elsewhere.\n" },
    fresh,
  );
  const files = new SimulatedFileSystem(linked);
  files.makeLink("/data/certswap.toml", enrolment.configuration);
  await prepareEnrolment(simulatedSystem(files), enrolment);
  assert.deepEqual(await pairsOf(files.disk), ["device"]);
});
