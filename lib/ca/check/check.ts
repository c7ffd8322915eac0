/** `ca check`: whether a CA keeps all that it promises. */
import type { System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { type KeySource, webCryptoKeys } from "../../x509/mod.ts";
import { findCa, patientOutlook } from "../ca.ts";
import { type CaLocation, type Finding, isProblem } from "../store/mod.ts";
import { examine } from "./examine.ts";

/** Which CA is to be checked. */
export interface CheckOptions extends CaLocation {
  /** {@linkcode webCryptoKeys} where it is left out. */
  readonly keys?: KeySource;
  /** Is told how many of the certificates have been looked at. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `ca check` found. */
export interface CheckReport {
  readonly findings: readonly Finding[];
  readonly outlook: RecoveryOutlook;
}

/** How often a store is looked at that does not hold still, and the pause in between in milliseconds. */
const looks = 20;
const pause = 50;

/**
 * Checks every promise that a CA makes about its store. Writes nothing and takes no lock.
 *
 * Where something is wrong and another run was at work meanwhile, that may be the reason: it looks again.
 */
export async function check(system: System, options: CheckOptions): Promise<CheckReport> {
  const { clock } = system;
  const { keys = webCryptoKeys, onProgress } = options;
  const store = await findCa(system, options);
  const inspection = await store.inspect();
  for (let look = 1;; look++) {
    const before = await inspection.stamp();
    const findings = await examine(store, { now: clock.now(), keys, onProgress });
    const isStill = await inspection.stamp() === before;
    const isSound = !findings.some(isProblem);
    if (isSound || isStill || look === looks) {
      return { findings, outlook: await patientOutlook(system, store) };
    }
    await clock.sleep(pause);
  }
}
