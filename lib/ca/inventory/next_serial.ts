/** `ca serial`: reports the next serial number, and raises it. */
import type { System } from "../../system/mod.ts";
import type { RecoveryOutlook } from "../../transaction/mod.ts";
import { formatSerial, highestSerial, largestSerial } from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, findCa, patientOutlook } from "../ca.ts";
import { CounterExhaustedError, CounterUnreadableError } from "../errors.ts";
import { ownSerial, ownSerialNumber, readRoot } from "../issue/mod.ts";
import { readSettings } from "../settings/mod.ts";
import { type CaLocation, openStore } from "../store/mod.ts";

/** The serial numbers of a CA. */
export interface SerialReport {
  /** The next one; `undefined` if they are chosen at random. */
  readonly next: string | undefined;
  /**
   * The highest one that the CA knows to be in use, with the one of a root's own certificate; `undefined` for
   * an intermediate that has issued nothing.
   */
  readonly highest: string | undefined;
  readonly outlook: RecoveryOutlook;
}

/**
 * Reports the next serial number. Writes nothing and takes no lock.
 *
 * @throws CounterUnreadableError, BadCaFileError, BadIndexError, CaIncompleteError, FileSystemError
 */
export async function nextSerial(system: System, location: CaLocation): Promise<SerialReport> {
  const store = await findCa(system, location);
  const inspection = await store.inspect();
  const own = ownSerialNumber(await readRoot(store));
  const issued = await inspection.highestSerial();
  const highest = highestSerial([own, issued].filter((serial) => serial !== undefined));
  const outlook = await patientOutlook(system, store);
  const { serial: strategy } = await readSettings(system, location);
  if (strategy === "random") return { next: undefined, highest, outlook };
  const next = await inspection.nextSerial();
  if (next === undefined) throw new CounterUnreadableError(store.nameOf("serial").absolute);
  return { next: formatSerial(next), highest, outlook };
}

/** Options of `ca serial --raise-to`. */
export interface RaiseOptions extends CaOptions {
  /** The number wanted next. */
  readonly next: bigint;
}

/** Report of `ca serial --raise-to`. */
export interface RaiseReport extends ChangeReport {
  /** The next number before and after; `undefined` if they are chosen at random: then nothing was changed. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Raises the next serial number. A counter that is higher stays as it is.
 *
 * @throws SerialInUseError, BadCounterError, CounterExhaustedError
 */
export async function raiseSerial(system: System, options: RaiseOptions): Promise<RaiseReport> {
  const { lockTimeout, next } = options;
  const store = await openStore(system, options);
  const { serial: strategy } = await readSettings(system, options);
  // The first signature would leave no next number: the CA could never sign again.
  if (next >= largestSerial) {
    throw new CounterExhaustedError(store.nameOf("serial").absolute, { isWanted: true });
  }
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      if (strategy === "random") return { before: undefined, after: undefined };
      const own = ownSerial(await readRoot(change));
      const { before, after } = await change.raiseSerial(next, own);
      return { before: formatSerial(before), after: formatSerial(after) };
    },
  });
  return { ...value, recovery, warnings };
}
