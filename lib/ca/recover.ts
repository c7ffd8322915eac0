import type { System } from "../system/mod.ts";
import {
  inspect,
  type Keep,
  recover,
  type RecoveryOutlook,
  type RecoveryReport,
} from "../transaction/mod.ts";
import { type CaLocation, type CaOptions, locateCa } from "./ca.ts";

/** Which CA is to be recovered, and what becomes of a change that recovery cannot decide about. */
export interface RecoverCaOptions extends CaOptions {
  readonly keep?: Keep | undefined;
}

/**
 * Recovery by itself, which every changing command begins with.
 *
 * @throws CaNotInitializedError where there is no such directory; the errors of recovery.
 */
export async function recoverCa(
  system: System,
  options: RecoverCaOptions,
): Promise<RecoveryReport> {
  const { site } = locateCa(system, options);
  return await recover(system, site, options);
}

/** What {@linkcode recoverCa} would do. Writes nothing and takes no lock. */
export async function planCaRecovery(
  system: System,
  location: CaLocation,
): Promise<RecoveryOutlook> {
  return await inspect(system, locateCa(system, location).site);
}
