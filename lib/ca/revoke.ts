/** `ca revoke`: revokes a certificate permanently. */
import { CertswapError, type System } from "../system/mod.ts";
import { type Crl, normalizeSerial, type RevocationReason } from "../x509/mod.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import { RevocationTimeWarning } from "./errors.ts";
import { currentSecond, readLastCrl, readRoot } from "./issue/mod.ts";
import { openStore, type StoreReader } from "./store/mod.ts";

/** Options of `ca revoke`. */
export interface RevokeOptions extends CaOptions {
  /** Hexadecimal, any case, with or without leading zeros. */
  readonly serial: string;
  readonly reason: RevocationReason;
}

/** Report of `ca revoke`. */
export interface RevokeReport extends ChangeReport {
  readonly serial: string;
  readonly subject: string;
  readonly revokedAt: Date;
}

/**
 * Revokes a certificate permanently. The next CRL lists it.
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

/** Now, or the time of the last CRL if that is later: a certificate that it does not list was still valid. */
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

/** The last CRL, or `undefined` if it is unusable: a revocation is urgent and must not fail because of it. */
async function lastCrlIfGood(store: StoreReader): Promise<Crl | undefined> {
  try {
    return await readLastCrl(store, await readRoot(store));
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}
