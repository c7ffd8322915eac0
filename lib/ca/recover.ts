import type { System } from "../system/mod.ts";
import {
  inspect,
  type Keep,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
} from "../transaction/mod.ts";
import { type CaLocation, type CaOptions, locateCa, requireComplete } from "./ca.ts";
import { requireTrustedCa } from "./place.ts";

/** Which CA is to be recovered, and what becomes of a change that recovery cannot decide about. */
export interface RecoverCaOptions extends CaOptions {
  readonly keep?: Keep | undefined;
}

/**
 * Recovery by itself, which every changing command begins with.
 *
 * @throws CaNotInitializedError, CaIncompleteError where there was nothing to recover either; the errors of recovery.
 */
export async function recoverCa(
  system: System,
  options: RecoverCaOptions,
): Promise<RecoveryReport> {
  const directory = locateCa(system, options);
  requireTrustedCa(system, options.dataDirectory);
  const report = await recover(system, directory.site, options);
  if (report.outcome === "clean") requireComplete(system, directory);
  return report;
}

/** What {@linkcode recoverCa} would do. Writes nothing and takes no lock. @throws as that. */
export async function planCaRecovery(
  system: System,
  location: CaLocation,
): Promise<RecoveryOutlook> {
  const directory = locateCa(system, location);
  const outlook = await inspect(system, directory.site);
  if (outlook.outcome === "clean") requireComplete(system, directory);
  return outlook;
}
