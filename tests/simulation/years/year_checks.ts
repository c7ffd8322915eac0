/** What must be true of a device throughout its year. */
import assert from "node:assert/strict";
import { type ActivePair, readActivePair } from "../../../lib/device/pair/active_pair.ts";
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import { layOut, type PairFiles } from "../../../lib/device/pair/layout.ts";
import { lifeOf, renewalTimeOf } from "../../../lib/device/rotation/decide/schedule.ts";
import { urgencyOf } from "../../../lib/device/rotation/mod.ts";
import { isForWanted } from "../../../lib/device/rotation/decide/wanted.ts";
import { decodeState } from "../../../lib/device/pair/state_reader.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, visibleFiles } from "../model/disk.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";
import type { DiskMood } from "./weather.ts";

const last = new Map<string, { readonly key: string; readonly pair: ActivePair }>();

/** A pair on a disk. Checking it verifies a signature, so the results are remembered. */
export async function findPair(disk: Disk, paths: PairFiles): Promise<ActivePair> {
  const files = visibleFiles(disk);
  const key = [paths.certificate, paths.key].map((path) => {
    const file = files.get(path);
    return typeof file === "object" ? bytesOf(file.content).toHex() : "";
  }).join();
  const known = last.get(paths.certificate);
  if (known?.key === key) return known.pair;
  const pair = await readActivePair(new SimulatedFileSystem(disk), {
    active: paths,
    combined: undefined,
  });
  last.set(paths.certificate, { key, pair });
  return pair;
}

/**
 * No half of a pair without the other, no halves of two pairs, and an existing pair never disappears.
 */
export function requireWholePair(found: ActivePair, hadPair: boolean): void {
  if (found.condition === "missing") assert.ok(!hadPair, "the pair is gone");
  else assert.equal(found.condition, "sound", "the pair is broken");
}

/** A device that has been working for long enough must be up to date. */
export interface Well {
  readonly configuration: PairConfiguration;
  /** The pair that its service has loaded, if it has a service. */
  readonly loaded: Uint8Array | undefined;
  readonly time: Date;
  /** Everything that was due before this time must be done. */
  readonly since: Date;
}

/**
 * The device has a valid pair with the configured names. It is not overdue unless the next one waits for its
 * notBefore. The service serves it, no hook or probe is pending, and no file is left over.
 */
export async function requireAllIsWell(
  disk: Disk,
  found: ActivePair,
  { configuration, loaded, time, since }: Well,
): Promise<void> {
  assert.ok(found.condition === "sound", "a device that is well has no pair");
  const { leaf } = found.loaded;
  assert.ok(time <= leaf.notAfter, "a device that is well has an expired pair");
  const { renewBefore, hooks } = configuration;
  const due = await renewalTimeOf(leaf, renewBefore);
  const pair = layOut(configuration.paths);
  const pending = await findPair(disk, pair.pending);
  const waits = pending.condition === "sound" && pending.loaded.leaf.notBefore > since &&
    pending.loaded.leaf.notBefore <= leaf.notAfter;
  assert.ok(due > since || waits, `a device that is well is due since ${due.toISOString()}`);
  assert.ok(
    isForWanted(configuration.identity, found) || waits,
    "the pair does not have the configured names",
  );
  if (hooks.length > 0) {
    assert.equal(loaded?.toHex(), leaf.der.toHex(), "the service does not serve the active pair");
  }
  const files = visibleFiles(disk);
  const state = files.get(pair.state);
  assert.ok(typeof state === "object", "there is no state file");
  const decoded = decodeState(bytesOf(state.content), since);
  assert.deepEqual(decoded?.unreadable, [], "the state file cannot be read");
  assert.equal(decoded.state.owed, undefined, "something is owed");
  const left = [...files.keys()].filter((path) =>
    /\.certswap\.(?:tmp|bak)$|\.journal$/.test(path) ||
    ([pair.previous.certificate, pair.previous.key].includes(path) &&
      configuration.keepPrevious === 0)
  );
  assert.deepEqual(left, [], `left behind: ${left.join()}`);
}

/** Whether a run has printed something about a pair, and what it found. */
interface Telling {
  readonly time: Date;
  readonly isTold: boolean;
  readonly disk: DiskMood;
}

/** A run must not be silent about an overdue pair or a disk that cannot be written to. */
export async function requireTold(
  disk: Disk,
  configuration: PairConfiguration,
  { time, isTold, disk: mood }: Telling,
): Promise<void> {
  const found = await findPair(disk, configuration.paths);
  const leaf = found.condition === "sound" ? found.loaded.leaf : undefined;
  const life = await lifeOf(leaf, configuration.renewBefore);
  const isOverdue = urgencyOf({ ...life, now: time, failing: false }) !== "healthy";
  assert.ok(isTold || !isOverdue, "a run is silent about a pair that is overdue");
  assert.ok(isTold || mood !== "read-only", "a run is silent about a disk that is read-only");
}
