/** `ca revoke`: revokes a certificate permanently. */
import { attemptAsync, type System } from "../system/mod.ts";
import { formatSerial, type RevocationReason } from "../x509/mod.ts";
import type { CaOptions, ChangeReport } from "./ca.ts";
import { RevocationTimeWarning, SerialNotFoundError } from "./errors.ts";
import { activeNamesakes } from "./identity/mod.ts";
import { StillActiveWarning } from "./inventory_errors.ts";
import { findSerial } from "./inventory/mod.ts";
import { currentSecond, lastCrlTimesIfGood, readRoot } from "./issue/mod.ts";
import { openStore, type StoreReader } from "./store/mod.ts";

/** Options of `ca revoke`. */
export interface RevokeOptions extends CaOptions {
  /** A serial number in any spelling, or the path of a certificate of this CA, see `findSerial`. */
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
 * @throws SerialNotFoundError, AlreadyRevokedError, and the errors of `findSerial`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { init, list, request, revoke, sign } from "./mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const ca = { dataDirectory: `${root}/ca`, lockTimeout: 1000 };
 * const day = 24 * 3600 * 1000;
 * const keyType = "ecdsa-p256";
 * await init(denoSystem, { ...ca, subject: "CN=Root", keyType, validity: 3650 * day, built: undefined });
 * const paths = { keyPath: `${root}/a.key`, requestPath: `${root}/a.csr` };
 * const names = { subject: "CN=a.example", alternativeNames: "DNS:a.example" };
 * await request(denoSystem, { ...paths, ...names, keyType });
 * const policy = { requests: [paths.requestPath], onBadRequest: "stop" } as const;
 * const { issued: [leaf] } = await sign(denoSystem, { ...ca, ...policy, validity: 90 * day });
 * await revoke(denoSystem, { ...ca, serial: leaf?.serial ?? "", reason: "keyCompromise" });
 * const { certificates: [listed] } = await list(denoSystem, ca);
 * assert.equal(listed?.status, "revoked");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function revoke(system: System, options: RevokeOptions): Promise<RevokeReport> {
  const { lockTimeout, reason } = options;
  const wanted = await findSerial(system, options, options.serial);
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      const { at, noticed } = await revocationTime(system, change);
      const { serial, subject } = await change.revoke(wanted, { at, reason })
        .catch(async (error) => {
          throw await isOwn(change, error)
            ? new SerialNotFoundError(wanted, { isOwn: true })
            : error;
        });
      // A newer certificate is meant to stay: this one is only not needed any more.
      const others = reason === "superseded"
        ? []
        : await attemptAsync(() => activeNamesakes(change, { serial, subject }, at)) ?? [];
      const warned = others.length === 0 ? [] : [new StillActiveWarning(serial, others)];
      return { serial, subject, revokedAt: at, noticed: [...noticed, ...warned] };
    },
  });
  const { noticed, ...revoked } = value;
  return { ...revoked, recovery, warnings: [...noticed, ...warnings] };
}

/** Whether the certificate that was not found is the CA's own. */
async function isOwn(store: StoreReader, error: unknown): Promise<boolean> {
  if (!(error instanceof SerialNotFoundError)) return false;
  const root = await attemptAsync(() => readRoot(store));
  return root !== undefined && formatSerial(root.certificate.serial) === error.serial;
}

/** Now, or the time of the last CRL if that is later: a certificate that it does not list was still valid. */
async function revocationTime(
  system: System,
  store: StoreReader,
): Promise<{ readonly at: Date; readonly noticed: readonly unknown[] }> {
  const now = currentSecond(system);
  // A revocation is urgent: it must not fail because of the CRL.
  const crl = await lastCrlTimesIfGood(store);
  if (crl === undefined || crl.thisUpdate <= now) return { at: now, noticed: [] };
  const { thisUpdate } = crl;
  return { at: thisUpdate, noticed: [new RevocationTimeWarning(now, thisUpdate)] };
}
