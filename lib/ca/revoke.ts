import { CertswapError, formatTime, type System } from "../system/mod.ts";
import type { Crl } from "../x509/read/crl.ts";
import type { RevocationReason } from "../x509/read/revocation_reason.ts";
import { currentSecond, readLastCrl, readRoot } from "./issue/authority.ts";
import { type CaOptions, type ChangeReport, type LockedCa, withCa } from "./ca.ts";
import { AlreadyRevokedError, RevocationTimeWarning, SerialNotFoundError } from "./errors.ts";
import { encodeIndex, type IndexEntry } from "./store/directory/index_file.ts";
import { readIndexOf } from "./store/directory/issued.ts";
import { normalizeSerial } from "../x509/serial.ts";

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
  const serial = normalizeSerial(options.serial);
  return await withCa(system, {
    ...options,
    work: async (ca) => {
      const { index, entries } = await readIndexOf(ca);
      const found = entries.find((entry) => entry.serial === serial);
      if (found === undefined) throw new SerialNotFoundError(serial ?? options.serial);
      if (found.status === "revoked") throw new AlreadyRevokedError(found.serial);
      const { revokedAt, warnings: noticed } = await revocationTime(ca);
      const revoked: IndexEntry = {
        ...found,
        status: "revoked",
        "revoked_at": formatTime(revokedAt),
        "revocation_reason": options.reason,
      };
      const { warnings } = await ca.session.commit([{
        kind: "replace",
        target: ca.paths.index,
        content: encodeIndex(entries.map((entry) => entry === found ? revoked : entry)),
        attributes: index.snapshot,
        old: index.snapshot,
      }]);
      const { subject } = found;
      const { recovery } = ca;
      return {
        serial: found.serial,
        subject,
        revokedAt,
        recovery,
        warnings: [...noticed, ...warnings],
      };
    },
  });
}

/** Now; but what the last CRL does not list was not revoked before it was made, whatever the clock says. */
async function revocationTime(
  ca: LockedCa,
): Promise<{ readonly revokedAt: Date; readonly warnings: readonly unknown[] }> {
  const now = currentSecond(ca.system);
  const crl = await lastCrlIfGood(ca);
  if (crl === undefined || crl.thisUpdate <= now) return { revokedAt: now, warnings: [] };
  const { thisUpdate } = crl;
  return { revokedAt: thisUpdate, warnings: [new RevocationTimeWarning(now, thisUpdate)] };
}

/** A revocation is urgent: it does not wait until files that it does not need are put right. */
async function lastCrlIfGood({ system: { files }, paths }: LockedCa): Promise<Crl | undefined> {
  try {
    return await readLastCrl(files, { paths, root: readRoot(files, paths) });
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}
