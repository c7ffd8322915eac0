/** What belongs to an active pair is repaired by a rotation, without a new certificate. */
import assert from "node:assert/strict";
import { exitCode } from "../../../lib/cli/exit_code.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import {
  didRotate,
  outcomeOf,
  planToJson,
  resultToJson,
  wouldRotate,
} from "../../../lib/cli/print/rotation/rotation_text.ts";
import type { OutputSpec } from "../../../lib/device/pair/outputs/mod.ts";
import { lookForRest, planRotation } from "../../../lib/device/rotation/mod.ts";
import type { PairPaths } from "../../../lib/device/mod.ts";
import type { Attributes } from "../../../lib/system/mod.ts";
import { plant, visibleFiles } from "../../simulation/model/disk.ts";
import { bytesOf } from "../../simulation/model/contents.ts";
import { storePassword } from "../../support/outputs.ts";
import { readPkcs12 } from "../../../lib/protocol/pkcs12/mod.ts";
import {
  commonSigner,
  configured,
  day,
  emptyDevice,
  ended,
  reloads,
  RotationWorld,
} from "../../support/rotation_world.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";

const output = (path: string, others: Partial<OutputSpec> = {}): OutputSpec => ({
  path,
  contains: ["key", "chain"],
  format: "pem",
  rights: {},
  profile: "modern",
  ...others,
});

const keystore = output("/tls/keystore.p12", {
  format: "pkcs12",
  passwordFile: "/keystore.password",
  friendlyName: "web",
});

/** Every form of output: PEM, DER and PKCS#12. */
const outputs: readonly OutputSpec[] = [
  output("/tls/all.crt"),
  output("/tls/key.der", { contains: ["key"], format: "der" }),
  keystore,
];

const owned = (mode: number): Attributes => ({ uid: 0, gid: 0, mode });

function modeOf(world: RotationWorld, path: string): number | undefined {
  const file = visibleFiles(world.files.disk).get(path);
  return typeof file === "object" ? file.mode : undefined;
}

function bytesAt(world: RotationWorld, path: string): Uint8Array | undefined {
  const file = visibleFiles(world.files.disk).get(path);
  return typeof file === "object" ? bytesOf(file.content) : undefined;
}

/** A device with a first pair and everything that belongs to it, which its service has loaded. */
async function outputWorld(more: Partial<PairPaths> = { outputs }): Promise<RotationWorld> {
  const signer = await commonSigner();
  const files = new SimulatedFileSystem(emptyDevice(signer, {
    "/keystore.password": {
      content: new TextEncoder().encode(`${storePassword}\n`),
      attributes: owned(0o600),
    },
  }));
  const world = new RotationWorld(signer, files);
  world.configuration = { ...configured, paths: { ...configured.paths, ...more } };
  const { outcome, errors } = await world.rotate();
  assert.equal(outcome, "rotated", String(errors[0]));
  world.runs.length = 0;
  world.events.length = 0;
  return world;
}

/** Insists that the next rotation repairs exactly these files, once, and tells the service once. */
async function assertRepairs(world: RotationWorld, paths: readonly string[]): Promise<void> {
  const rules = { ...world.configuration, name: "web" };
  const plan = await planRotation(world.system, rules, { force: false });
  assert.deepEqual(plan.toRepair, paths);
  assert.equal(await lookForRest(world.system, rules, { force: false }), undefined);
  const { active } = world;
  const result = await world.rotate();
  assert.equal(result.outcome, "repaired", result.errors.map((e) => describe(e).message).join());
  assert.deepEqual(result.repaired, paths);
  assert.deepEqual([world.count("hook"), world.count("issuer")], [1, 0]);
  assert.deepEqual(world.active, active);
  assert.equal(world.state.owed, undefined);
  assert.deepEqual(world.events.filter(({ event }) => event === "repaired").length, 1);
  await assertAtRest(world);
}

/** Insists that a rotation finds nothing to do, and writes nothing. */
async function assertAtRest(world: RotationWorld): Promise<void> {
  const before = world.tree;
  const runs = world.runs.length;
  const rules = { ...world.configuration, name: "web" };
  assert.deepEqual((await planRotation(world.system, rules, { force: false })).toRepair, []);
  assert.equal((await lookForRest(world.system, rules, { force: false }))?.outcome, "idle");
  assert.equal((await world.rotate()).outcome, "idle");
  assert.deepEqual(world.tree, before);
  assert.equal(world.runs.length, runs);
}

Deno.test("rotatePair() writes the outputs with the first pair, and is then at rest", async () => {
  const world = await outputWorld();
  assert.equal(
    world.read("/tls/all.crt"),
    `${world.read("/tls/key.pem")}${world.read("/tls/cert.pem")}`,
  );
  assert.equal(modeOf(world, "/tls/key.der"), 0o600);
  const store = new Uint8Array(bytesAt(world, "/tls/keystore.p12") ?? []);
  const { certificates } = await readPkcs12(store, new TextEncoder().encode(storePassword));
  assert.deepEqual(certificates[0]?.der, world.active);
  await assertAtRest(world);
});

for (const { path } of outputs) {
  Deno.test(`rotatePair() repairs ${path} if it is missing`, async () => {
    const world = await outputWorld();
    world.files.unlink(path);
    await assertRepairs(world, [path]);
    assert.equal(modeOf(world, path), 0o600);
  });

  Deno.test(`rotatePair() repairs ${path} if it is empty, and keeps its mode`, async () => {
    const world = await outputWorld();
    world.files.disk = plant(
      { [path]: { content: new Uint8Array(), attributes: owned(0o640) } },
      world.files.disk,
    );
    await assertRepairs(world, [path]);
    assert.equal(modeOf(world, path), 0o640);
  });

  Deno.test(`rotatePair() corrects the owner, group and mode of ${path}`, async () => {
    const world = await outputWorld();
    const rights = {
      owner: { name: "service", id: 33 },
      group: { name: "service", id: 44 },
      mode: 0o440,
    };
    const changed = outputs.map((one) => one.path === path ? { ...one, rights } : one);
    const { paths } = world.configuration;
    const before = bytesAt(world, path);
    world.configuration = { ...world.configuration, paths: { ...paths, outputs: changed } };
    await assertRepairs(world, [path]);
    const { uid, gid, mode } = world.system.files.stat(path);
    assert.deepEqual([uid, gid, mode], [33, 44, 0o440]);
    assert.deepEqual(bytesAt(world, path), before);
  });
}

Deno.test("rotatePair() corrects the owners and modes of the pair itself, byte for byte", async () => {
  const world = await outputWorld({ combined: "/tls/all.pem" });
  const { paths } = world.configuration;
  const before = ["/tls/key.pem", "/tls/cert.pem", "/tls/all.pem"].map((path) => world.read(path));
  const rights = {
    certificate: { mode: 0o640 },
    key: { owner: { name: "service", id: 33 }, mode: 0o640 },
  };
  world.configuration = { ...world.configuration, paths: { ...paths, rights } };
  await assertRepairs(world, ["/tls/all.pem", "/tls/key.pem", "/tls/cert.pem"]);
  const after = ["/tls/key.pem", "/tls/cert.pem", "/tls/all.pem"].map((path) => world.read(path));
  assert.deepEqual(after, before);
  assert.equal(world.system.files.stat("/tls/all.pem").uid, 33);
});

Deno.test("rotatePair() repairs a combined file, but accepts one in another order", async () => {
  const world = await outputWorld({ combined: "/tls/all.pem" });
  world.write("/tls/all.pem", `${world.read("/tls/cert.pem")}${world.read("/tls/key.pem")}`);
  await assertAtRest(world);
  world.write("/tls/all.pem", `${world.read("/tls/cert.pem")}`);
  await assertRepairs(world, ["/tls/all.pem"]);
  world.files.unlink("/tls/all.pem");
  world.runs.length = 0;
  world.events.length = 0;
  await assertRepairs(world, ["/tls/all.pem"]);
});

Deno.test("rotatePair() repairs the files of a new output, and runs hooks that fail again", async () => {
  const world = await outputWorld({});
  const { paths } = world.configuration;
  world.configuration = { ...world.configuration, paths: { ...paths, outputs } };
  world.hook = () => ended(1);
  const result = await world.rotate();
  assert.equal(result.outcome, "owed");
  assert.deepEqual(result.repaired, outputs.map(({ path }) => path));
  assert.equal(world.state.owed?.hook, true);
  assert.equal(outcomeOf([result], { now: world.now }).exit, exitCode.owed);
  world.hook = reloads;
  const { outcome } = await world.rotate();
  assert.equal(outcome, "settled");
  assert.equal(world.count("hook"), 2);
  await assertAtRest(world);
});

Deno.test("rotatePair() renews the outputs with the pair", async () => {
  const world = await outputWorld();
  world.pass(80 * day);
  const { outcome } = await world.rotate();
  assert.equal(outcome, "rotated");
  assert.equal(
    world.read("/tls/all.crt"),
    `${world.read("/tls/key.pem")}${world.read("/tls/cert.pem")}`,
  );
  assert.equal(world.count("hook"), 1);
  await assertAtRest(world);
});

for (
  const [what, code, spoil] of [
    [
      "password cannot be read",
      "output-password",
      (world: RotationWorld) => world.files.unlink("/keystore.password"),
    ],
    [
      "file is an unrelated one",
      "unrelated-file",
      (world: RotationWorld) => {
        world.write("/tls/all.crt", "#!/bin/sh\n");
        // With the state, it would be certswap's own.
        world.write("/tls/.certswap/cert.pem.state", '{"version":1}\n');
      },
    ],
    [
      "keystore cannot be opened",
      "output-locked",
      (world: RotationWorld) => {
        const store = bytesAt(world, "/tls/keystore.p12") ?? new Uint8Array();
        // Without the state, nothing says that the file is certswap's.
        world.files.disk = plant({
          "/keystore.password": {
            content: new TextEncoder().encode("other\n"),
            attributes: owned(0o600),
          },
          "/tls/keystore.p12": { content: store, attributes: owned(0o600) },
          "/tls/.certswap/cert.pem.state": {
            content: new TextEncoder().encode('{"version":1}\n'),
            attributes: owned(0o600),
          },
        }, world.files.disk);
      },
    ],
  ] as const
) {
  Deno.test(`rotatePair() asks no issuer if an output's ${what}`, async () => {
    const world = await outputWorld();
    spoil(world);
    world.pass(80 * day);
    const { active } = world;
    const { outcome, errors } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.deepEqual(errors.map((error) => (error as { code: string }).code), [code]);
    assert.equal(world.count("issuer"), 0);
    assert.deepEqual(world.active, active);
  });

  Deno.test(`rotatePair() fails to repair if an output's ${what}, and replaces nothing`, async () => {
    const world = await outputWorld();
    spoil(world);
    world.files.unlink("/tls/key.der");
    const rules = { ...world.configuration, name: "web" };
    const plan = await planRotation(world.system, rules, { force: false });
    assert.equal(plan.toRepair, "unknown");
    const { outcome, errors } = await world.rotate();
    assert.equal(outcome, "failed");
    assert.deepEqual(errors.map((error) => (error as { code: string }).code), [code]);
    assert.equal(world.read("/tls/key.der"), undefined);
  });
}

Deno.test("rotatePair() renews and repairs a pair in one file, and one behind a link", async () => {
  for (
    const paths of [
      { certificate: "/tls/web.pem", key: "/tls/web.pem", shape: "combined" },
      { certificate: "/tls/current/cert.pem", key: "/tls/current/key.pem", shape: "flip" },
    ] as const
  ) {
    const signer = await commonSigner();
    const world = new RotationWorld(signer);
    world.configuration = {
      ...configured,
      paths,
      probes: [],
      keyPolicy: "keep",
      keepPrevious: day,
    };
    const hooked: (string | undefined)[] = [];
    world.hook = ({ environment }) => {
      hooked.push(environment["CERTSWAP_CERT"], environment["CERTSWAP_KEY"]);
      return ended(0);
    };
    const made = await world.rotate();
    assert.equal(made.outcome, "rotated", String(made.errors[0]));
    assert.deepEqual(hooked, [paths.certificate, paths.key]);
    const keyOf = (): string | undefined =>
      paths.shape === "flip"
        ? world.read(`/tls/${world.system.files.readLink("/tls/current")}/key.pem`)
        : /-----BEGIN PRIVATE KEY[^]*-----END PRIVATE KEY-----\n/.exec(
          world.read("/tls/web.pem") ?? "",
        )?.[0];
    const key = keyOf();
    assert.ok(key?.includes("PRIVATE KEY"));
    assert.equal((await world.rotate()).outcome, "idle");
    world.pass(80 * day);
    assert.equal((await world.rotate()).outcome, "rotated");
    assert.equal(keyOf(), key, "the key is kept");
    const rights = { certificate: {}, key: { mode: 0o640 } };
    world.configuration = { ...world.configuration, paths: { ...paths, rights } };
    const repaired = await world.rotate();
    assert.equal(repaired.outcome, "repaired");
    assert.equal(world.system.files.stat(world.system.files.realPath(paths.key)).mode, 0o640);
    assert.equal((await world.rotate()).outcome, "idle");
  }
});

Deno.test("the texts and the JSON of a rotation and of its dry run name what is repaired", async () => {
  const world = await outputWorld();
  world.files.unlink("/tls/key.der");
  const rules = { ...world.configuration, name: "web" };
  const plan = await planRotation(world.system, rules, { force: false });
  assert.match(wouldRotate(plan).join("\n"), /\/tls\/key\.der would be repaired/);
  assert.deepEqual((planToJson(plan) as { toRepair: unknown }).toRepair, ["/tls/key.der"]);
  const result = await world.rotate();
  assert.match(didRotate(result).join("\n"), /repaired[^]*\/tls\/key\.der/);
  assert.deepEqual((resultToJson(result) as { repaired: unknown }).repaired, ["/tls/key.der"]);
});

Deno.test("rotatePair() reports a keystore that its password no longer opens, and leaves it", async () => {
  const world = await outputWorld();
  const before = bytesAt(world, keystore.path);
  const content = new TextEncoder().encode("another\n");
  world.files.disk = plant({
    "/keystore.password": { content, attributes: owned(0o600) },
  }, world.files.disk);
  const result = await world.rotate();
  assert.equal(result.outcome, "failed");
  assert.match(describe(result.errors[0]).message, /does not open \/tls\/keystore\.p12/);
  assert.deepEqual(bytesAt(world, keystore.path), before);
});

Deno.test("rotatePair() replaces anything at the path of an output that it wrote", async () => {
  const world = await outputWorld();
  for (const { path } of outputs) world.write(path, "a note of somebody\n");
  const { outcome, repaired } = await world.rotate();
  assert.equal(outcome, "repaired");
  assert.deepEqual(repaired, outputs.map(({ path }) => path));
  await assertAtRest(world);
});

Deno.test("rotatePair() takes no lock and makes no fsync if no output is wrong", async () => {
  const { files: { disk } } = await outputWorld();
  const operations: string[] = [];
  const files = new SimulatedFileSystem(disk, {
    fate({ operation }) {
      operations.push(operation);
      return "run";
    },
  });
  const world = new RotationWorld(await commonSigner(), files);
  world.configuration = { ...configured, paths: { ...configured.paths, outputs } };
  const rules = { ...world.configuration, name: "web" };
  assert.equal((await lookForRest(world.system, rules, { force: false }))?.outcome, "idle");
  assert.equal((await world.rotate()).outcome, "idle");
  assert.ok(operations.includes("read"));
  const writing = ["create", "write", "fsync", "lock", "rename", "unlink", "mkdir", "chmod"];
  assert.deepEqual(operations.filter((operation) => writing.includes(operation)), []);
});

Deno.test("rotatePair() repairs an output without which its pending hook fails", async () => {
  const world = await outputWorld({ outputs: [output("/tls/all.crt")] });
  world.configuration = { ...world.configuration, probes: [] };
  world.pass(80 * day);
  world.hook = () => ended(1);
  assert.equal((await world.rotate()).owed?.hook, true);
  world.hook = (options, one) =>
    one.read("/tls/all.crt") === undefined ? ended(1) : reloads(options, one);
  world.files.unlink("/tls/all.crt");
  const result = await world.rotate();
  assert.deepEqual([result.outcome, result.repaired], ["repaired", ["/tls/all.crt"]]);
  assert.equal(world.state.owed, undefined);
  await assertAtRest(world);
});

Deno.test("rotatePair() repairs nothing if the state cannot record the pending hook", async () => {
  const world = await outputWorld();
  world.files.unlink("/tls/key.der");
  world.files.unlink("/tls/.certswap/cert.pem.state");
  world.files.makeDirectory("/tls/.certswap/cert.pem.state", 0o700);
  const { outcome, errors } = await world.rotate();
  assert.equal(outcome, "failed");
  assert.ok(errors.some((error) => (error as { code: string }).code === "state-blocked"));
  assert.equal(world.read("/tls/key.der"), undefined);
});
