/** `ca verify`: whether a certificate is this CA's, and good. */
import { readGivenFile, type System, wrapError } from "../system/mod.ts";
import type { RecoveryOutlook } from "../transaction/mod.ts";
import {
  type Certificate,
  certificateFileLimit,
  formatName,
  formatSerial,
  isValidAt,
  namesEqual,
  readSingleCertificateFile,
  type RevocationReason,
} from "../x509/mod.ts";
import {
  expiryOfCrl,
  isSignedBy,
  type NumberedCrl,
  readLastCrl,
  readRoot,
  type Root,
} from "./issue/mod.ts";
import { findCa, patientOutlook } from "./ca.ts";
import { BadCaCrlError, CertificateUnreadableError } from "./errors.ts";
import type { CaLocation, CertificateRecord, StoreReader } from "./store/mod.ts";

/** What is to be verified. */
export interface VerifyOptions extends CaLocation {
  /** Path of a file with one certificate. */
  readonly file: string;
}

/** What the CA's records and its CRL say of a certificate. */
export type Revocation =
  | { readonly is: "not-revoked" }
  | {
    readonly is: "revoked";
    /** `undefined`: one that certswap does not know. */
    readonly reason: RevocationReason | undefined;
    readonly at: Date;
    /** `false`: the CA knows it, and those who go by the last CRL do not know it yet. */
    readonly isOnCrl: boolean;
  }
  /** There is no CRL. */
  | { readonly is: "not-checked" }
  /** The CRL is past its next update, and so says nothing of what was revoked since (RFC 5280 5.1.2.5). */
  | { readonly is: "unknown"; readonly crlExpired: Date }
  /** The CRL there is cannot be believed. */
  | { readonly is: "bad-crl"; readonly reason: BadCaCrlError["reason"] };

/** What `ca verify` found. */
export interface VerifyReport {
  readonly isValid: boolean;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isSignedByCa: boolean;
  readonly expiry: "ok" | "expired" | "not-yet-valid";
  readonly revocation: Revocation;
  /** The nextUpdate of the CRL where that is past. */
  readonly staleSince: Date | undefined;
  readonly outlook: RecoveryOutlook;
}

/**
 * Verifies that a certificate is this CA's, within its dates, and revoked neither by the CA's records nor by
 * its last CRL. Writes nothing and takes no lock.
 *
 * @throws CertificateUnreadableError, BadCaFileError, FileSystemError
 * @throws BadIndexError, CaIncompleteError where the records cannot be read: nobody knows what was revoked.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoSystem } from "../system/mod.ts";
 * import { init, request, sign, verify } from "./mod.ts";
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
 * const report = await verify(denoSystem, { ...ca, file: leaf?.path ?? "" });
 * assert.equal(report.expiry, "ok");
 * assert.equal(report.revocation.is, "not-checked", "there is no CRL yet");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function verify(system: System, options: VerifyOptions): Promise<VerifyReport> {
  const store = await findCa(system, options);
  const root = await readRoot(store);
  const certificate = await readGivenCertificate(system, options.file);
  const now = system.clock.now();
  const isSignedByCa = namesEqual(certificate.issuer, root.certificate.subject) &&
    await isSignedBy(root, certificate);
  const expiry = expiryOf(certificate, now);
  const crl = await lastCrl(store, root);
  const serial = formatSerial(certificate.serial);
  // Another CA's certificate may have the same number.
  const record = isSignedByCa ? await store.find(serial) : undefined;
  const revocation = judgeRevocation(certificate, { crl, record, now });
  return {
    isValid: isSignedByCa && expiry === "ok" &&
      (revocation.is === "not-revoked" || revocation.is === "not-checked"),
    subject: formatName(certificate.subject),
    serial,
    issuer: formatName(certificate.issuer),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isSignedByCa,
    expiry,
    revocation,
    staleSince: crl instanceof BadCaCrlError ? undefined : expiryOfCrl(crl, now),
    outlook: await patientOutlook(system, store),
  };
}

async function readGivenCertificate({ files }: System, file: string): Promise<Certificate> {
  const { content } = await readGivenFile(files, file, certificateFileLimit);
  return wrapError(
    () => readSingleCertificateFile(content),
    (cause) => new CertificateUnreadableError(file, { cause }),
  );
}

function expiryOf(certificate: Certificate, now: Date): VerifyReport["expiry"] {
  if (isValidAt(certificate, now)) return "ok";
  return now < certificate.notBefore ? "not-yet-valid" : "expired";
}

/** The last CRL; what is wrong with it, where it cannot be believed; `undefined` where there is none. */
async function lastCrl(
  store: StoreReader,
  root: Root,
): Promise<NumberedCrl | BadCaCrlError | undefined> {
  try {
    return await readLastCrl(store, root);
  } catch (error) {
    if (error instanceof BadCaCrlError) return error;
    throw error;
  }
}

/** What is known of revocations. */
interface Known {
  readonly crl: NumberedCrl | BadCaCrlError | undefined;
  /** The CA's record of the certificate. */
  readonly record: CertificateRecord | undefined;
  readonly now: Date;
}

/** What the CA itself knows comes first: a CRL is only what it has told others so far. */
function judgeRevocation({ serial }: Certificate, { crl, record, now }: Known): Revocation {
  const isBad = crl instanceof BadCaCrlError;
  const entry = isBad ? undefined : crl?.entries.find((listed) => listed.serial === serial);
  if (record?.status === "revoked") {
    const { revocationReason: reason, revokedAt } = record;
    const at = new Date(revokedAt);
    return { is: "revoked", reason: reason || undefined, at, isOnCrl: entry !== undefined };
  }
  if (isBad) return { is: "bad-crl", reason: crl.reason };
  if (crl === undefined) return { is: "not-checked" };
  if (entry !== undefined) {
    return { is: "revoked", reason: entry.reason, at: entry.revokedAt, isOnCrl: true };
  }
  const crlExpired = expiryOfCrl(crl, now);
  return crlExpired === undefined ? { is: "not-revoked" } : { is: "unknown", crlExpired };
}
