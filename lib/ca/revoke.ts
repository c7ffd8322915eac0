/** `ca revoke`: ends a certificate before its time, for ever. */
import { CertswapError, type System } from "../system/mod.ts";
import { type Crl, normalizeSerial, type RevocationReason } from "../x509/mod.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import { RevocationTimeWarning } from "./errors.ts";
import { currentSecond, readLastCrl, readRoot } from "./issue/mod.ts";
import { openStore, type StoreReader } from "./store/mod.ts";

/** What is to be revoked, and why. */
export interface RevokeOptions extends CaOptions {
  /** Hexadecimal, any case, with or without leading zeros. */
  readonly serial: string;
  readonly reason: RevocationReason;
}

/** What `ca revoke` did. */
export interface RevokeReport extends ChangeReport {
  readonly serial: string;
  readonly subject: string;
  readonly revokedAt: Date;
}

/**
 * Revokes a certificate, for ever. The next CRL lists it.
 *
 * @throws SerialNotFoundError, AlreadyRevokedError
 */
export async function revoke(system: System, options: RevokeOptions): Promise<RevokeReport> {
  const { lockTimeout, reason } = options;
  const wanted = normalizeSerial(options.serial) ?? options.serial;
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      const { at, noticed } = await revocationTime(system, change);
      const { serial, subject } = await change.revoke(wanted, { at, reason });
      return { serial, subject, revokedAt: at, noticed };
    },
  });
  const { noticed, ...revoked } = value;
  return { ...revoked, recovery, warnings: [...noticed, ...warnings] };
}

/** Now; but what the last CRL does not list was not revoked before it was made, whatever the clock says. */
async function revocationTime(
  system: System,
  store: StoreReader,
): Promise<{ readonly at: Date; readonly noticed: readonly unknown[] }> {
  const now = currentSecond(system);
  const crl = await lastCrlIfGood(store);
  if (crl === undefined || crl.thisUpdate <= now) return { at: now, noticed: [] };
  const { thisUpdate } = crl;
  return { at: thisUpdate, noticed: [new RevocationTimeWarning(now, thisUpdate)] };
}

/** A revocation is urgent: it does not wait until files that it does not need are put right. */
async function lastCrlIfGood(store: StoreReader): Promise<Crl | undefined> {
  try {
    return await readLastCrl(store, await readRoot(store));
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}
