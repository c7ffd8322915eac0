import assert from "node:assert/strict";
import { recoverPair } from "../../lib/device/mod.ts";
import { join } from "../../lib/system/mod.ts";
import type { Device } from "../support/device.ts";
import type { TestPair } from "../support/pairs.ts";
import { testSystem } from "../support/test_world.ts";

/** The content of a combined file. */
export const combinedOf = (pair: TestPair): string => pair.keyPem + pair.chainPem;

/** The files in `tls/` besides `.certswap/` when no change is in progress. */
const expectedNames = ["cert.pem", "key.pem"];
const ownNames = [".certswap/cert.pem.lock", ".certswap/cert.pem.state"];

/**
 * Recovers, and asserts that one of `pairs` is then active: complete, matching, with the right modes, and
 * with no other files of certswap except `.certswap/`.
 *
 * @param hasCombined whether the combined file is part of it.
 * @returns its index in `pairs`.
 */
export async function activeAfterRecovery(
  device: Device,
  pairs: readonly TestPair[],
  hasCombined: boolean,
): Promise<number> {
  const paths = hasCombined ? device.withCombined : device.paths;
  await recoverPair(testSystem(), paths, { lockTimeout: 0 });
  return activePair(device, pairs, hasCombined);
}

/** The same, without recovery. */
export function activePair(
  device: Device,
  pairs: readonly TestPair[],
  hasCombined: boolean,
): number {
  const certificate = device.read("cert.pem");
  const active = pairs.findIndex((pair) => pair.chainPem === certificate);
  const pair = pairs[active];
  assert.ok(pair !== undefined, `the certificate is none of the pairs': ${certificate}`);
  assert.equal(device.read("key.pem"), pair.keyPem, "the key is not the certificate's");
  assert.equal(modeOf(device, "key.pem"), 0o600);
  assert.equal(modeOf(device, "cert.pem"), 0o644);
  if (hasCombined) {
    assert.equal(device.read("all.pem"), combinedOf(pair), "the combined file holds another pair");
    assert.equal(modeOf(device, "all.pem"), 0o600);
  }
  const expected = [...expectedNames, ...hasCombined ? ["all.pem"] : []];
  const left = namesIn(device.tls).filter((name) => ![...expected, ...ownNames].includes(name));
  assert.deepEqual(left, [], "something was left behind");
  return active;
}

function modeOf(device: Device, name: string): number {
  return (Deno.statSync(join(device.tls, name)).mode ?? 0) & 0o777;
}

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(join(directory, name)).map((inner) => `${name}/${inner}`) : [name]
  );
}
