import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { exitCode, exitCodeOf } from "../../../lib/cli/exit_code.ts";
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import { recoverPair } from "../../../lib/device/mod.ts";
import type { RotationResult } from "../../../lib/device/rotation/mod.ts";
import type { PairState } from "../../../lib/device/pair/state.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import type { Attributes, System } from "../../../lib/system/mod.ts";
import {
  readCertificateFile,
  readPrivateKeyFile,
  writeCombined,
  writePem,
} from "../../../lib/x509/mod.ts";
import { type GeneratedKey, type KeySource, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import {
  beginning,
  configured,
  day,
  emptyDevice,
  ended,
  reloads,
  RotationWorld,
  secretPath,
  servedPath,
  signs,
} from "../../support/rotation_world.ts";
import { EstService, serverCertificate, sessionWith } from "../../support/est_service.ts";
import { makeSigner, type Signer } from "../../support/signer.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, type Planted, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { simulatedSystem } from "../model/simulated_system.ts";
import type { OtherEnd, Outcome, Report, Scenario } from "../model/walk.ts";

/*
 * Whole rotations on the simulated disk: request, issuer, swap, hook, probe, and their consequences. The keys
 * are Ed25519, whose signatures are deterministic, and so is everything else.
 */

/** What the scenarios share. Made once. */
export interface RotationCast {
  readonly signer: Signer;
  /** The device's keys: before, of the rotation, and of the next rotation. */
  readonly keys: readonly [GeneratedKey, GeneratedKey, GeneratedKey];
  /** The pair that is active before, and its recorded state. */
  readonly old: { readonly certificate: string; readonly key: string; readonly state: string };
  /** DER of the certificate of an EST server. */
  readonly server: Uint8Array;
}

/** When the rotation takes place: the old pair is due. */
const rotationDay = 80;

const certificateAttributes: Attributes = { uid: 33, gid: 34, mode: 0o644 };
const keyAttributes: Attributes = { uid: 33, gid: 34, mode: 0o640 };

/** A key source that always returns this key. */
const only = (key: GeneratedKey): KeySource => ({
  ...webCryptoKeys,
  generate: () => Promise.resolve(key),
});

/** Makes keys and the first pair. */
export async function makeRotationCast(): Promise<RotationCast> {
  const signer = await makeSigner();
  const make = (): Promise<GeneratedKey> => webCryptoKeys.generate("ed25519");
  const keys = [await make(), await make(), await make()] as const;
  const world = new RotationWorld(signer);
  world.configuration = { ...configured, keyAlgorithm: "ed25519" };
  await world.rotate({ keys: only(keys[0]) });
  const read = (path: string): string => world.read(path) ?? "";
  const old = {
    certificate: read("/tls/cert.pem"),
    key: read("/tls/key.pem"),
    state: read("/tls/.certswap/cert.pem.state"),
  };
  const server = await serverCertificate(signer, { now: beginning });
  return { signer, keys, old, server };
}

/** A plot: the configuration, how the issuer and the service react, and how it ends. */
interface Plot {
  readonly name: string;
  readonly configuration?: Partial<PairConfiguration>;
  readonly first?: boolean;
  /** Prepares the disk for the run that is crashed. */
  readonly prepare?: (world: RotationWorld) => void;
  readonly expected: Report;
  /** How it may also end, see {@linkcode Scenario.otherEnds}. */
  readonly otherEnd?: "owed" | "new-key";
  /** Whether the next run is also crashed, from every state in which a crash has left the first one. */
  readonly again?: boolean;
  /** When it takes place; if left out, the old pair is due by its age. */
  readonly day?: number;
  /** The difference of the issuer's clock from the device's, in days. */
  readonly issuerAhead?: number;
  /** Whether an EST server issues, which knows a secret and the old pair. */
  readonly isEst?: true;
  /** How long the adversarial walk takes; a minute, if left out. */
  readonly adversarial?: "seconds" | "minutes";
}

const stubborn = (world: RotationWorld): void => {
  world.hook = () => ended(0);
};

/** A service that stops with every pair except its first one. */
const breaking = (world: RotationWorld): void => {
  const { active } = world;
  world.hook = () => {
    world.served = world.active?.toHex() === active?.toHex() ? active : undefined;
    return ended(0);
  };
};

const estIssuer: PairConfiguration["issuer"] = {
  kind: "est",
  server: { host: "ca.example", port: 443 },
  trust: "/trust.pem",
  username: "device",
  secretFile: secretPath,
  timeLimit: 1000,
};

const plots: readonly Plot[] = [
  { name: "rotation", expected: "succeeded", again: true },
  {
    name: "rotation of a first pair",
    first: true,
    expected: "succeeded",
    adversarial: "seconds",
  },
  {
    name: "rotation with a combined file, keeping the previous pair",
    configuration: {
      paths: { ...configured.paths, combined: "/tls/both.pem" },
      keepPrevious: 7 * day,
    },
    expected: "succeeded",
    adversarial: "minutes",
  },
  {
    name: "rotation with neither hook nor probe",
    configuration: { hooks: [], probes: [] },
    expected: "succeeded",
  },
  {
    name: "rotation with a kept key",
    configuration: { keyPolicy: "keep" },
    expected: "succeeded",
    otherEnd: "new-key",
    adversarial: "seconds",
  },
  {
    name: "rotation of a pair for which another name is configured by now",
    configuration: {
      identity: { ...configured.identity, names: ["DNS:device.example", "DNS:other.example"] },
      probes: [],
    },
    day: 10,
    expected: "succeeded",
  },
  {
    name: "rotation that the service does not take",
    prepare: stubborn,
    expected: "failed",
    otherEnd: "owed",
    again: true,
  },
  {
    name: "rotation that breaks the service",
    prepare: breaking,
    expected: "failed",
    otherEnd: "owed",
  },
  {
    name: "rotation whose issuer refuses",
    prepare: (world) => void (world.issuer = () => ended(1)),
    expected: "failed",
    adversarial: "seconds",
  },
  {
    name: "enrolment with a secret at an EST server",
    isEst: true,
    first: true,
    configuration: { issuer: estIssuer, hooks: [], probes: [] },
    expected: "succeeded",
  },
  {
    name: "re-enrolment at an EST server",
    isEst: true,
    configuration: { issuer: estIssuer, hooks: [], probes: [] },
    expected: "succeeded",
  },
  {
    name: "rotation whose certificate is not yet valid",
    issuerAhead: 0.5,
    expected: "failed",
    adversarial: "seconds",
  },
];

/** Every plot as a scenario. */
export function rotationScenarios(cast: RotationCast): readonly RotationScenario[] {
  return plots.map((plot) => toScenario(plot, cast));
}

/** A scenario with the report that it has to end with. */
export interface RotationScenario extends Scenario {
  readonly expected: Report;
  readonly adversarial: Plot["adversarial"];
  /** The run after a crashed one; `undefined` if another scenario covers it. */
  readonly nextFrom: ((disk: Disk) => Scenario) | undefined;
}

function toScenario(plot: Plot, cast: RotationCast): RotationScenario {
  const initial = stageSet(plot, cast);
  const rotate = (system: System, after: number, well?: "well"): Promise<RotationResult> =>
    rotateAfter(system, { ...plot, after, ...(well ? { prepare: () => {} } : {}) }, cast);
  const common = {
    recover: async (system: System) => {
      await recoverPair(system, pathsOf(plot), { lockTimeout: 0 });
    },
    outcome: (disk: Disk) => outcomeOf(disk, plot, cast),
    checkNothingLeft: (disk: Disk) => checkNothingLeft(disk, initial, plot),
    afterwards: async (system: System) => {
      // Two days later issuer and service work again.
      await rotate(system, 2, "well");
      const { disk } = system.files as SimulatedFileSystem;
      assert.equal(outcomeOf(disk, plot, cast), "new", "the run after it did not come to its end");
      assert.equal(stateOf(disk).owed, undefined);
      assert.equal(visibleFiles(disk).has(requestedKey), false, "the request was not used up");
      assert.equal(
        (await rotate(system, 2.5, "well")).outcome,
        "idle",
        "there is still something to do",
      );
    },
  };
  return {
    ...common,
    name: plot.name,
    expected: plot.expected,
    adversarial: plot.adversarial,
    initial,
    run: async (system) => reportOf(await rotate(system, 0)),
    otherEnds: () => otherEndsOf(plot, { initial, cast }),
    nextFrom: plot.again
      ? (disk) => ({
        ...common,
        name: `${plot.name}, and the run after it`,
        initial: disk,
        run: async (system) => reportOf(await rotate(system, 1)),
      })
      : undefined,
  };
}

/**
 * The ends to which only the adversary leads.
 *
 * - `owed`: a service does not take the new pair, and the way back fails: the new pair stays active, and the
 *   hook and the probe pending, for the next run
 * - `new-key`: the key is exchanged before it is read: a key is kept only from a usable pair
 */
async function otherEndsOf(
  plot: Plot,
  { initial, cast }: { readonly initial: Disk; readonly cast: RotationCast },
): Promise<readonly OtherEnd[]> {
  if (plot.otherEnd === undefined) return [];
  if (plot.otherEnd === "new-key") {
    const exchanged = plant({ "/tls/key.pem": "something else" }, initial);
    const files = new SimulatedFileSystem(exchanged);
    await rotateAfter(simulatedSystem(files), { ...plot, after: 0 }, cast);
    return [{ disk: files.disk }];
  }
  let told: Disk | undefined;
  const listening = (world: RotationWorld): void => {
    plot.prepare?.(world);
    const { hook } = world;
    world.hook = (...run) => {
      told ??= world.files.disk;
      return hook(...run);
    };
  };
  const files = new SimulatedFileSystem(initial);
  await rotateAfter(simulatedSystem(files), { ...plot, prepare: listening, after: 0 }, cast);
  assert.ok(told !== undefined, "no hook was run");
  const checkRecord = (disk: Disk): void =>
    assert.ok(stateOf(disk).owed !== undefined, "nothing records that the service was not told");
  return [{ disk: told, checkRecord }];
}

const pathsOf = ({ configuration }: Plot): PairConfiguration["paths"] =>
  configuration?.paths ?? configured.paths;

async function rotateAfter(
  system: System,
  { configuration, prepare, isEst, issuerAhead = 0, day: from = rotationDay, after: days }: Plot & {
    readonly after: number;
  },
  { signer, keys, old, server }: RotationCast,
): Promise<RotationResult> {
  const world = new RotationWorld(signer, system.files as SimulatedFileSystem);
  world.configuration = { ...configured, keyAlgorithm: "ed25519", ...configuration };
  world.now = new Date(beginning.getTime() + (from + days) * day);
  world.issuer = async (options) => {
    const now = new Date(world.now.getTime() + (days < 2 ? issuerAhead * day : 0));
    return await signs(options, { signer, now, life: world.life } as RotationWorld);
  };
  world.hook = reloads;
  if (isEst) {
    const service = new EstService(signer, () => world.now);
    service.births.add(readCertificateFile(encode(old.certificate)).leaf.serialNumber);
    world.https = sessionWith(service, () => Promise.resolve([server]));
  }
  prepare?.(world);
  return await world.rotate({
    keys: only(days === 0 ? keys[1] : keys[2]),
  });
}

/**
 * How a rotation ended for the pair, from its exit code and the pair that it reports as
 * active.
 */
function reportOf(result: RotationResult): Report {
  const { outcome, owed, warnings } = result;
  if (exitCodeOf(result) === exitCode.needsPerson) return "unknown";
  if (!["rotated", "settled", "idle"].includes(outcome)) return "failed";
  return owed === undefined && warnings.length === 0 ? "succeeded" : "warned";
}

function stageSet(
  { first = false, configuration, isEst }: Plot,
  { signer, old }: RotationCast,
): Disk {
  if (first) {
    return emptyDevice(signer, {
      "/tls/cert.pem.bak": "the user's own",
      ...(isEst ? { [secretPath]: { content: "secret\n", attributes: { mode: 0o600 } } } : {}),
    });
  }
  const { leaf, chain } = readCertificateFile(encode(old.certificate));
  const both = writeCombined(readPrivateKeyFile(encode(old.key)), { leaf, chain });
  const files: Record<string, Planted> = {
    "/tls/cert.pem": { content: old.certificate, attributes: certificateAttributes },
    "/tls/key.pem": { content: old.key, attributes: keyAttributes },
    "/tls/cert.pem.bak": { content: "the user's own" },
    "/tls/.certswap/": { attributes: { mode: 0o700 } },
    "/tls/.certswap/cert.pem.state": { content: old.state, attributes: { mode: 0o600 } },
    [servedPath]: { content: leaf.der },
    ...(configuration?.paths?.combined === undefined
      ? {}
      : { "/tls/both.pem": { content: both, attributes: keyAttributes } }),
  };
  return emptyDevice(signer, files);
}

const requestedKey = "/tls/.key.pem.certswap.requested";

/** Which pair is active: the old one, or one issued since. It must be complete and have the same owner. */
function outcomeOf(disk: Disk, plot: Plot, { keys, old }: RotationCast): Outcome {
  const files = contentsOf(disk);
  const [certificate, key] = ["/tls/cert.pem", "/tls/key.pem"].map((path) => files.get(path));
  if (plot.isEst && plot.first) checkSecret(disk, certificate !== undefined);
  if (certificate === undefined || key === undefined) {
    assert.ok(plot.first && certificate === key, "half of the pair is missing");
    return "old";
  }
  const chain = readCertificateFile(certificate);
  const belongs = keys.find(({ pkcs8 }) => text(key) === writePem("PRIVATE KEY", pkcs8));
  assert.ok(belongs !== undefined, "the device never had this key");
  assert.deepEqual(
    chain.leaf.subjectPublicKeyInfo.der,
    belongs.publicKey,
    "a mix: the key does not belong to the certificate",
  );
  if (plot.configuration?.paths?.combined !== undefined) {
    const both = writeCombined(readPrivateKeyFile(key), chain);
    assert.deepEqual(files.get("/tls/both.pem"), both, "the combined file is that of another pair");
  }
  checkAttributes(disk, plot);
  checkNothingForgotten(disk, chain.leaf.der, plot);
  return text(certificate) === old.certificate ? "old" : "new";
}

function checkAttributes(disk: Disk, { first = false }: Plot): void {
  const files = visibleFiles(disk);
  for (
    const [path, kept, made] of [
      ["/tls/cert.pem", certificateAttributes, 0o644],
      ["/tls/key.pem", keyAttributes, 0o600],
    ] as const
  ) {
    const file = files.get(path);
    assert.ok(typeof file === "object");
    const { uid, gid, mode } = file;
    const wanted = first ? { uid: 0, gid: 0, mode: made } : kept;
    assert.deepEqual({ uid, gid, mode }, wanted, `owner or mode of ${path}`);
  }
}

/**
 * The pair is there, or kept as the pending pair after a failure, and the secret marked as used; or neither.
 * A secret that is not used up is kept.
 */
function checkSecret(disk: Disk, isEnrolled: boolean): void {
  const { secret: mark, kept } = stateOf(disk);
  const isUsed = mark?.isUsed === true;
  assert.equal(isUsed, isEnrolled || kept !== undefined, "pair and secret do not agree");
  const { secret: _, ...others } = stateOf(disk);
  assert.ok(!JSON.stringify(others).includes("secret\n"));
  if (!isUsed) assert.equal(text(contentsOf(disk).get(secretPath) ?? new Uint8Array()), "secret\n");
}

/** If the service was not told about a pair, the pending hook or probe must be recorded. */
function checkNothingForgotten(disk: Disk, active: Uint8Array, { configuration }: Plot): void {
  if (configuration !== undefined && "hooks" in configuration) return;
  const served = contentsOf(disk).get(servedPath) ?? new Uint8Array();
  const { owed } = stateOf(disk);
  if (owed?.hook !== true) {
    assert.deepEqual(served, active, "the service was not told, and nothing records it");
  }
  assert.ok(
    owed === undefined || owed.hook || owed.probe,
    "neither hook nor probe is pending, but the state says so",
  );
  checkNothingThrownAway(disk);
}

/** Whether a rolled-back pair is not the active one again. */
function isTakenBack(disk: Disk): boolean {
  const { lastChange, takenBack } = stateOf(disk);
  return lastChange?.by === "rollback" && takenBack !== undefined;
}

/** A rolled-back pair is kept with its recorded state, readable by its owner only. */
function checkNothingThrownAway(disk: Disk): void {
  if (!isTakenBack(disk)) return;
  const files = visibleFiles(disk);
  const [certificate = "", key = ""] = both("pending");
  const pending = contentsOf(disk).get(certificate);
  assert.ok(pending !== undefined && files.has(key), "the rolled-back pair is gone");
  const { leaf } = readCertificateFile(pending);
  const digest = createHash("sha256").update(leaf.der).digest("hex");
  assert.equal(digest, stateOf(disk).takenBack?.fingerprint, "another pair is kept");
  const kept = files.get(key);
  assert.ok(typeof kept === "object" && (kept.mode & 0o077) === 0, "other users can read its key");
}

/**
 * Other files that may exist: certswap's state, the request, and the previous pair while it may be needed.
 */
function checkNothingLeft(disk: Disk, initial: Disk, plot: Plot): void {
  const files = visibleFiles(disk);
  const before = visibleFiles(initial);
  const { owed, renewal } = stateOf(disk);
  // A certificate that was issued but could not be swapped in is kept for the next attempt.
  const isUnderWay = renewal !== undefined;
  const own = ["", "cert.pem.lock", "cert.pem.rotation.lock", "cert.pem.state"]
    .map((name) => `/tls/.certswap/${name}`);
  const keepsPrevious = owed !== undefined || (plot.configuration?.keepPrevious ?? 0) > 0;
  const allowed = [
    ...own,
    "/tls/cert.pem",
    "/tls/key.pem",
    servedPath,
    "/run/",
    requestedKey,
    "/tls/.cert.pem.certswap.request",
    "/tls/.cert.pem.certswap.answer",
    ...(plot.issuerAhead !== undefined || isTakenBack(disk) || isUnderWay ? both("pending") : []),
    ...(keepsPrevious ? both("previous") : []),
  ];
  const extra = [...files.keys()].filter((path) => !allowed.includes(path) && !before.has(path));
  assert.deepEqual(extra, [], `left behind: ${extra.join()}`);
  for (const path of [requestedKey, ...both("pending").slice(1)]) {
    const key = files.get(path);
    if (typeof key === "object") assert.equal(key.mode, 0o600, "other users can read a key");
  }
  assert.deepEqual(files.get("/tls/cert.pem.bak"), before.get("/tls/cert.pem.bak"));
}

const both = (suffix: string): string[] =>
  ["cert", "key"].map((name) => `/tls/.${name}.pem.certswap.${suffix}`);

function stateOf(disk: Disk): PairState {
  const content = contentsOf(disk).get("/tls/.certswap/cert.pem.state");
  if (content === undefined) return { other: {} };
  const decoded = decodeState(content, new Date(0));
  assert.ok(decoded !== undefined, "the state file is corrupt");
  assert.deepEqual(decoded.unreadable, [], "a part of the state file is corrupt");
  return decoded.state;
}

function contentsOf(disk: Disk): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...visibleFiles(disk)].flatMap(([path, seen]) =>
      typeof seen === "object" ? [[path, bytesOf(seen.content)] as const] : []
    ),
  );
}

const encode = (content: string): Uint8Array => new TextEncoder().encode(content);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
