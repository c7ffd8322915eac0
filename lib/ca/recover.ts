/** `ca recover`: recovery by itself. */
import type { System } from "../system/mod.ts";
import type { RecoveryOutlook, RecoveryReport } from "../transaction/mod.ts";
import { type CaLocation, openStore, type RecoverOptions, requireComplete } from "./store/mod.ts";

/** Which CA is to be recovered, and what becomes of a change that recovery cannot decide about. */
export interface RecoverCaOptions extends CaLocation, RecoverOptions {}

/**
 * Recovery by itself, which every changing command begins with.
 *
 * @throws CaNotInitializedError, CaIncompleteError where there was nothing to recover either; the errors of
 * recovery.
 */
export async function recoverCa(
  system: System,
  options: RecoverCaOptions,
): Promise<RecoveryReport> {
  const store = await openStore(system, options);
  const report = await store.recover(options);
  if (report.outcome === "clean") await requireComplete(store);
  return report;
}

/** What {@linkcode recoverCa} would do. Writes nothing and takes no lock. @throws as that. */
export async function planCaRecovery(
  system: System,
  location: CaLocation,
): Promise<RecoveryOutlook> {
  const store = await openStore(system, location);
  const outlook = await store.outlook();
  if (outlook.outcome === "clean") await requireComplete(store);
  return outlook;
}
