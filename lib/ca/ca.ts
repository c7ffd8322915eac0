/** What the commands of a CA have in common. */
import { isErrno, type System } from "../system/mod.ts";
import type { RecoveryOutlook, RecoveryReport } from "../transaction/mod.ts";
import type { KeySource } from "../x509/mod.ts";
import {
  type CaLocation,
  type CaStore,
  isComplete,
  openStore,
  requireComplete,
} from "./store/mod.ts";

/** What every changing command of a CA needs to know. */
export interface CaOptions extends CaLocation {
  /** How long to wait for another run, in milliseconds. */
  readonly lockTimeout: number;
  /** Where private keys come from. `webCryptoKeys` where it is left out. */
  readonly keys?: KeySource;
}

/** What every change of a CA reports. */
export interface ChangeReport {
  /** What recovery found and did before. */
  readonly recovery: RecoveryReport;
  /** What was noticed, and did not stop it. */
  readonly warnings: readonly unknown[];
}

/**
 * Insists that there is a CA, or that recovery may yet complete one: asked before work that is in vain
 * without. Makes nothing.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function requirePossibleCa(system: System, location: CaLocation): Promise<void> {
  const store = await openStore(system, location);
  if (isComplete(await store.presence())) return;
  const { outcome } = await store.outlook();
  if (outcome === "clean") await requireComplete(store);
}

/**
 * Finds a CA to look at, without a lock.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function findCa(system: System, location: CaLocation): Promise<CaStore> {
  const store = await openStore(system, location);
  if (isComplete(await store.presence())) return store;
  // An init may be at work, or have been cut short: this says so, and settles nothing.
  const { outcome } = await patientOutlook(system, store);
  const isRecoveryDue = outcome !== "clean" && outcome !== "cleaned";
  await requireComplete(store, { isRecoveryDue });
  return store;
}

/** How long a run that is seen at work is given to finish, in milliseconds. */
const patience = 200;

/**
 * What recovery would do, for a command that only looks. Another run may be half-way through a change:
 * what is gone a moment later was never due.
 *
 * @returns `clean` too where the state directory may not be read: it is its owner's, and so is recovery.
 */
export async function patientOutlook({ clock }: System, store: CaStore): Promise<RecoveryOutlook> {
  try {
    const outlook = await store.outlook();
    if (outlook.outcome === "clean") return outlook;
    await clock.sleep(patience);
    return await store.outlook();
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) return { outcome: "clean", targets: [], leftovers: [] };
    throw error;
  }
}
