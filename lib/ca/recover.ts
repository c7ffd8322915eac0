/** `ca recover`: recovers a CA after an interrupted change. */
import type { System } from "../system/mod.ts";
import type { RecoveryOutlook, RecoveryReport } from "../transaction/mod.ts";
import { type CaLocation, openStore, type RecoverOptions, requireReadable } from "./store/mod.ts";

/** Options of `ca recover`. */
export interface RecoverCaOptions extends CaLocation, RecoverOptions {}

/**
 * Recovers a CA. Every command that changes a CA also starts with this.
 *
 * @throws CaNotInitializedError, CaIncompleteError if there is neither a CA nor anything to recover; the
 * errors of recovery.
 */
export async function recoverCa(
  system: System,
  options: RecoverCaOptions,
): Promise<RecoveryReport> {
  const store = await openStore(system, options);
  const report = await store.recover(options);
  if (report.outcome === "clean") await requireReadable(store);
  return report;
}

/** Reports what {@linkcode recoverCa} would do. Writes nothing, takes no lock. @throws the same errors. */
export async function planCaRecovery(
  system: System,
  location: CaLocation,
): Promise<RecoveryOutlook> {
  const store = await openStore(system, location);
  const outlook = await store.outlook();
  if (outlook.outcome === "clean") await requireReadable(store);
  return outlook;
}
