/** Options, reports and look-ups shared by the commands of a CA. */
import { isErrno, type System } from "../system/mod.ts";
import { lookAgain, type RecoveryOutlook, type RecoveryReport } from "../transaction/mod.ts";
import type { EncryptionTerms } from "../protocol/pbes2/mod.ts";
import type { KeySource } from "../x509/mod.ts";
import type { AskPassphrase } from "./key/mod.ts";
import {
  type CaLocation,
  type CaStore,
  isComplete,
  openStore,
  type OutlookOptions,
  requireComplete,
  requireReadable,
  type StoreName,
} from "./store/mod.ts";

/** Options shared by all commands that change a CA. */
export interface CaOptions extends CaLocation {
  /** How long to wait for another certswap process, in milliseconds. */
  readonly lockTimeout: number;
  /** Generates and loads private keys; `webCryptoKeys` by default. */
  readonly keys?: KeySource;
  /** Gets the passphrase of `ca.key`. Called at most once, and only if the key is encrypted. */
  readonly passphrase?: AskPassphrase | undefined;
  /** The numbers for a key that is encrypted; by default random ones, with 600,000 rounds. */
  readonly encryptionTerms?: (() => EncryptionTerms) | undefined;
}

/** Options of commands that create a CA. */
export interface NewCaOptions extends CaOptions {
  /** The kind of store; a directory by default. */
  readonly store?: StoreName | undefined;
}

/** The part of a report that all commands share that change a CA. */
export interface ChangeReport {
  /** What recovery found and did before the change. */
  readonly recovery: RecoveryReport;
  /** Errors that did not prevent the change. */
  readonly warnings: readonly unknown[];
}

/**
 * Checks that there is a CA with its key, or that recovery may complete one. Called before expensive work.
 * Creates nothing.
 *
 * @throws CaNotInitializedError, CaIncompleteError, CaKeyNotAvailableError
 */
export async function requirePossibleCa(system: System, location: CaLocation): Promise<void> {
  const store = await openStore(system, location);
  if (isComplete(await store.presence())) return;
  const { outcome } = await store.outlook();
  if (outcome === "clean") await requireComplete(store);
}

/**
 * Opens a CA for reading, without a lock and without its key.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function findCa(system: System, location: CaLocation): Promise<CaStore> {
  const store = await openStore(system, location);
  if ((await store.presence()).root) return store;
  // An init may be running, or may have been interrupted. This only reports it and does not recover.
  const { outcome } = await patientOutlook(system, store);
  const isRecoveryDue = outcome !== "clean" && outcome !== "cleaned";
  await requireReadable(store, { isRecoveryDue });
  return store;
}

/** How often to look, and the interval in milliseconds: a busy server makes one change after another. */
const patience = { count: 10, interval: 50 };

/**
 * What recovery would do, for commands that only read. Another process may be in the middle of a change: what
 * is gone a moment later needs no recovery.
 *
 * @param options by default, temporary files beside the certificates are not looked for: they change nothing
 * that these commands show.
 * @returns `clean` also if the state directory may not be read: only its owner can recover.
 */
export async function patientOutlook(
  { clock }: System,
  store: CaStore,
  options: OutlookOptions = { amongCertificates: false },
): Promise<RecoveryOutlook> {
  const look = async (): Promise<RecoveryOutlook> => {
    try {
      return await store.outlook(options);
    } catch (error) {
      if (!isErrno(error, "EACCES", "EPERM")) throw error;
      return { outcome: "clean", targets: [], leftovers: [] };
    }
  };
  return await lookAgain(clock, look, ({ outcome }) => outcome === "clean", patience);
}
