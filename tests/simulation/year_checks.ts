/** What must be true of a device in its year. */
import assert from "node:assert/strict";
import { type ActivePair, readActivePair } from "../../lib/device/active_pair.ts";
import type { PairConfiguration } from "../../lib/device/configuration/configuration.ts";
import { layOut } from "../../lib/device/pair.ts";
import { placeOf, renewalTime } from "../../lib/device/rotation/schedule.ts";
import { decodeState } from "../../lib/device/state_format.ts";
import { configured } from "../support/rotation_world.ts";
import { bytesOf } from "./contents.ts";
import { type Disk, visibleFiles } from "./disk.ts";
import { SimulatedFileSystem } from "./simulated_file_system.ts";

const pair = layOut(configured.paths);

let last: { readonly key: string; readonly pair: ActivePair } | undefined;

/** The active pair on a disk. Looking at it proves a signature: one that was looked at already is remembered. */
export async function findPair(disk: Disk): Promise<ActivePair> {
  const files = visibleFiles(disk);
  const key = [pair.active.certificate, pair.active.key].map((path) => {
    const file = files.get(path);
    return typeof file === "object" ? bytesOf(file.content).toHex() : "";
  }).join();
  if (last?.key !== key) {
    const found = await readActivePair(new SimulatedFileSystem(disk), pair.active);
    last = { key, pair: found };
  }
  return last.pair;
}

/** Neither half of a pair without the other, nor halves of two pairs; and one that was there is never gone. */
export function requireWholePair(found: ActivePair, hadPair: boolean): void {
  if (found.condition === "missing") assert.ok(!hadPair, "the pair is gone");
  else assert.equal(found.condition, "sound", "the pair is broken");
}

/** What has been well for long enough must show it. */
export interface Well {
  readonly configuration: PairConfiguration;
  readonly loaded: Uint8Array | undefined;
  readonly time: Date;
  /** Whatever was due before this must be done. */
  readonly since: Date;
}

/** The device has a valid pair that is not overdue, the service serves it, and nothing is owed or left behind. */
export async function requireAllIsWell(
  disk: Disk,
  found: ActivePair,
  { configuration, loaded, time, since }: Well,
): Promise<void> {
  assert.ok(found.condition === "sound", "a device that is well has no pair");
  const { leaf } = found.loaded;
  assert.ok(time <= leaf.notAfter, "a device that is well has an expired pair");
  const { renewBefore } = configuration;
  const due = renewalTime(leaf, { renewBefore, place: await placeOf(leaf) });
  assert.ok(due > since, `a device that is well has not renewed since ${due.toISOString()}`);
  assert.equal(loaded?.toHex(), leaf.der.toHex(), "the service does not serve the active pair");
  const files = visibleFiles(disk);
  const state = files.get(pair.state);
  assert.ok(typeof state === "object", "there is no state file");
  assert.equal(decodeState(bytesOf(state.content))?.owed, undefined, "something is owed");
  const left = [...files.keys()].filter((path) =>
    /\.certswap\.(?:tmp|bak)$|\.journal$/.test(path) ||
    (path.endsWith(".previous") && configuration.keepPrevious === 0)
  );
  assert.deepEqual(left, [], `left behind: ${left.join()}`);
}
