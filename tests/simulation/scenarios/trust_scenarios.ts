import assert from "node:assert/strict";
import { exitCode, exitCodeOf } from "../../../lib/cli/exit_code.ts";
import { trustingBundle } from "../../../lib/device/configuration/combine/mod.ts";
import { recoverPair } from "../../../lib/device/mod.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import type { RotationResult } from "../../../lib/device/rotation/mod.ts";
import type { System } from "../../../lib/system/mod.ts";

import { type GeneratedKey, webCryptoKeys } from "../../../lib/x509/key/signer.ts";
import {
  certificatesAnswer,
  EstService,
  serverCertificate,
  sessionWith,
} from "../../support/est_service.ts";
import {
  day,
  emptyDevice,
  ended,
  RotationWorld,
  secretPath,
  servedPath,
} from "../../support/rotation_world.ts";
import { makeSigner, type Signer } from "../../support/signer.ts";
import {
  bundlePath,
  nameOfRoot,
  pinned,
  pinnedPath,
  rootOf,
  trustWorld,
  withTrustBundle,
} from "../../support/trust_world.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, plant, visibleFiles } from "../model/disk.ts";
import type { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import type { Outcome, Report, Scenario } from "../model/walk.ts";

/*
 * Changes of a trust bundle on the simulated disk: a root is added, a root is removed, and the first pair
 * brings the bundle with it. After any crash the bundle is whole, and a pending hook is recorded.
 */

/** A change of a bundle. */
interface Plot {
  readonly name: string;
  readonly initial: Disk;
  readonly now: Date;
  readonly served: readonly Uint8Array[];
  /** The bundle before and after; `undefined`: there is none, and no pair either. */
  readonly before: string | undefined;
  readonly after: string;
  readonly signer: Signer;
  readonly server: Uint8Array;
  readonly key: GeneratedKey;
  /** The fingerprint of the CA, if that is all that the device knows of it. */
  readonly pinned?: string;
}

/** Every plot as a scenario. */
export async function trustScenarios(): Promise<readonly Scenario[]> {
  const [old, next] = [await makeSigner("CN=Old Root"), await makeSigner("CN=New Root")];
  const key = await webCryptoKeys.generate("ed25519");
  const device = await trustWorld(old);
  const { world } = device;
  const enrolled = world.files.disk;
  const now = new Date(world.now.getTime() + day);
  const both = [rootOf(old), rootOf(next), await old.certify(next), await next.certify(old)];
  device.served = both;
  await device.rotate(1);
  device.service.signer = next;
  device.server = await serverCertificate(next, { now });
  await device.rotate(1, { force: true });
  device.served = [rootOf(next)];
  await device.rotate(1);
  const common = { key, signer: old, server: await serverCertificate(old, { now }) };
  const first = {
    ...common,
    initial: emptyDevice(old, {
      [secretPath]: { content: "secret\n", attributes: { mode: 0o600 } },
    }),
    now,
    served: [rootOf(old)],
    before: undefined,
    after: old.trust,
  };
  const plots: readonly Plot[] = [
    {
      ...common,
      name: "a root is added to a trust bundle",
      initial: enrolled,
      now,
      served: both,
      before: old.trust,
      after: old.trust + next.trust,
    },
    {
      ...common,
      name: "a root is removed from a trust bundle",
      initial: world.files.disk,
      now: new Date(world.now.getTime() + 8 * day),
      served: [rootOf(next)],
      before: old.trust + next.trust,
      after: next.trust,
      signer: next,
      server: device.server,
    },
    { ...first, name: "a first pair brings its trust bundle" },
    {
      ...first,
      name: "a first pair brings its trust bundle, and only the fingerprint of the CA is known",
      pinned: await nameOfRoot(old),
    },
  ];
  return plots.map(toScenario);
}

function toScenario(plot: Plot): Scenario {
  const { name, initial } = plot;
  const before = new Set(visibleFiles(initial).keys());
  return {
    name,
    initial,
    run: async (system) => reportOf(await rotate(system, plot)),
    recover: async (system) => {
      // Without the configuration: recovery knows the bundle from the state.
      const { certificate, key } = withTrustBundle.paths;
      await recoverPair(system, { certificate, key }, { lockTimeout: 0 });
    },
    outcome: (disk) => outcomeOf(disk, plot),
    checkNothingLeft: (disk) => {
      const extra = [...visibleFiles(disk).keys()].filter((path) =>
        !before.has(path) && !path.startsWith("/run/") && !path.startsWith("/tls/.certswap/") &&
        !["/tls/cert.pem", "/tls/key.pem", bundlePath, pinnedPath, unfinishedPath].includes(path) &&
        !isOfRequest(path)
      );
      assert.deepEqual(extra, []);
    },
    afterwards: async (system) => {
      const later = { ...plot, now: new Date(plot.now.getTime() + 2 * day) };
      await rotate(system, later);
      const { disk } = system.files as SimulatedFileSystem;
      assert.equal(outcomeOf(disk, plot), "new", "the next run did not come to its end");
      assert.equal(isHookPending(disk), false);
      assert.equal(textAt(disk, unfinishedPath), undefined, "half a CA certificate is left");
      assert.equal((await rotate(system, later)).outcome, "idle");
    },
  };
}

/** What a kill leaves of the fetched CA certificate: the next run replaces it. */
const unfinishedPath = "/tls/.ca.pem.certswap.tmp";

const isOfRequest = (path: string): boolean =>
  /^\/tls\/\.(?:cert|key)\.pem\.certswap\.(?:requested|request|answer)$/.test(path);

async function rotate(
  system: System,
  { signer, server, served, now, key, pinned: name }: Plot,
): Promise<RotationResult> {
  const files = system.files as SimulatedFileSystem;
  const world = new RotationWorld(signer, files);
  world.now = now;
  const configuration = name === undefined ? withTrustBundle : pinned(withTrustBundle, name);
  world.configuration = trustingBundle(files, { ...configuration, probes: [] });
  world.hook = () => {
    const content = textAt(files.disk, bundlePath) ?? "";
    files.disk = plant({ [servedPath]: content }, files.disk);
    return ended(0);
  };
  const service = new EstService(signer, () => now);
  service.answers = (_, operation) =>
    operation === "cacerts" ? certificatesAnswer(served) : undefined;
  world.https = sessionWith(service, () => Promise.resolve([server]));
  return await world.rotate({
    keys: { ...webCryptoKeys, generate: () => Promise.resolve(key) },
  });
}

function reportOf(result: RotationResult): Report {
  const { errors, outcome, trust, owed, warnings } = result;
  if (exitCodeOf(result) === exitCode.needsPerson) return "unknown";
  // The first pair brings its bundle; later the bundle changes alone.
  if (outcome !== "rotated" && trust === undefined) return "failed";
  return owed === undefined && errors.length + warnings.length === 0 ? "succeeded" : "warned";
}

function outcomeOf(disk: Disk, { before, after }: Plot): Outcome {
  const bundle = textAt(disk, bundlePath);
  assert.ok(bundle === before || bundle === after, `the bundle is ${JSON.stringify(bundle)}`);
  const hasPair = textAt(disk, "/tls/cert.pem") !== undefined;
  assert.equal(hasPair, bundle !== undefined, "the pair without its bundle, or the reverse");
  if (bundle !== after) return "old";
  assert.ok(
    isHookPending(disk) || textAt(disk, servedPath) === after,
    "the service was not told, and nothing records it",
  );
  return "new";
}

function isHookPending(disk: Disk): boolean {
  const text = textAt(disk, "/tls/.certswap/cert.pem.state");
  const content = new TextEncoder().encode(text ?? '{"version":1}');
  const decoded = decodeState(content, new Date(0));
  assert.deepEqual(decoded?.unreadable, [], "the state file is corrupt");
  return decoded.state.owed?.hook === true;
}

function textAt(disk: Disk, path: string): string | undefined {
  const file = visibleFiles(disk).get(path);
  return typeof file === "object" ? new TextDecoder().decode(bytesOf(file.content)) : undefined;
}
