/** `ca check`: checks the consistency of a CA. */
import type { System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { type KeySource, webCryptoKeys } from "../../x509/mod.ts";
import { findCa, patientOutlook } from "../ca.ts";
import { askEarlyIfPossible, type AskPassphrase } from "../key/mod.ts";
import { type CaLocation, type Finding, isProblem } from "../store/mod.ts";
import { type CaSettings, readSettings } from "../settings/mod.ts";
import { examine } from "./examine.ts";
import { type FieldOptions, readField } from "./field.ts";

/** Options of `ca check`. */
export interface CheckOptions extends CaLocation, FieldOptions {
  /** {@linkcode webCryptoKeys} by default. */
  readonly keys?: KeySource;
  /** As in `CaOptions`. If it cannot get the passphrase, an encrypted key is not checked. */
  readonly passphrase?: AskPassphrase | undefined;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Report of `ca check`. */
export interface CheckReport {
  readonly findings: readonly Finding[];
  readonly outlook: RecoveryOutlook;
}

/** How often to check a store that keeps changing, and (below) the pause in between in milliseconds. */
const maxAttempts = 20;
const pause = 50;

/**
 * Checks the consistency of a CA. Writes nothing and takes no lock.
 *
 * If it finds a problem while another process changes the CA, that may be the cause: it checks again.
 */
export async function check(system: System, options: CheckOptions): Promise<CheckReport> {
  const { clock } = system;
  const { keys = webCryptoKeys, onProgress } = options;
  const store = await findCa(system, options);
  const field = await readField(system, options);
  const passphrase = await askEarlyIfPossible(store, options);
  const inspection = await store.inspect();
  for (let attempt = 1;; attempt++) {
    const before = await inspection.stamp();
    const settings = (): Promise<CaSettings> => readSettings(system, options);
    const findings = await examine(store, {
      now: clock.now(),
      keys,
      passphrase,
      settings,
      onProgress,
      field,
    });
    const isStill = await inspection.stamp() === before;
    const isSound = !findings.some(isProblem);
    if (isSound || isStill || attempt === maxAttempts) {
      return { findings, outlook: await patientOutlook(system, store, {}) };
    }
    await clock.sleep(pause);
  }
}
