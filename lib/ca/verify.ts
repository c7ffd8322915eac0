/** `ca verify`: whether a certificate is this CA's, and good. */
import { readGivenFile, type System, wrapError } from "../system/mod.ts";
import type { RecoveryOutlook } from "../transaction/mod.ts";
import { type Certificate, isValidAt } from "../x509/read/certificate.ts";
import { readSingleCertificateFile } from "../x509/read/certificate_file.ts";
import type { Crl } from "../x509/read/crl.ts";
import { formatName, namesEqual } from "../x509/name/name.ts";
import { certificateFileLimit } from "../x509/encoding/pem.ts";
import type { RevocationReason } from "../x509/read/revocation_reason.ts";
import { isSignedBy, readLastCrl, readRoot, type Root } from "./issue/authority.ts";
import { findCa, patientOutlook } from "./ca.ts";
import { BadCaCrlError, CertificateUnreadableError } from "./errors.ts";
import { formatSerial } from "../x509/serial.ts";
import type { CaLocation } from "./store/open.ts";
import type { StoreReader } from "./store/store.ts";

/** What is to be verified. */
export interface VerifyOptions extends CaLocation {
  /** Path of a file with one certificate. */
  readonly file: string;
}

/** What the CRL says of a certificate. */
export type Revocation =
  | { readonly is: "not-revoked" }
  | {
    readonly is: "revoked";
    /** `undefined`: one that certswap does not know. */
    readonly reason: RevocationReason | undefined;
    readonly at: Date;
  }
  | { readonly is: "not-checked" }
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
 * Verifies that a certificate is this CA's, within its dates, and not revoked by its last CRL. Writes
 * nothing and takes no lock.
 *
 * @throws CertificateUnreadableError, BadCaFileError, FileSystemError
 */
export async function verify(system: System, options: VerifyOptions): Promise<VerifyReport> {
  const store = await findCa(system, options);
  const root = await readRoot(store);
  const certificate = await readGivenCertificate(system, options.file);
  const now = system.clock.now();
  const isSignedByCa = namesEqual(certificate.issuer, root.certificate.subject) &&
    await isSignedBy(root, certificate);
  const expiry = expiryOf(certificate, now);
  const { revocation, crl } = await judgeRevocation(store, { certificate, root });
  return {
    isValid: isSignedByCa && expiry === "ok" &&
      (revocation.is === "not-revoked" || revocation.is === "not-checked"),
    subject: formatName(certificate.subject),
    serial: formatSerial(certificate.serial),
    issuer: formatName(certificate.issuer),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isSignedByCa,
    expiry,
    revocation,
    staleSince: crl?.nextUpdate !== undefined && crl.nextUpdate < now ? crl.nextUpdate : undefined,
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

async function judgeRevocation(
  store: StoreReader,
  { certificate, root }: { readonly certificate: Certificate; readonly root: Root },
): Promise<{ readonly revocation: Revocation; readonly crl?: Crl }> {
  let crl: Crl | undefined;
  try {
    crl = await readLastCrl(store, root);
  } catch (error) {
    if (!(error instanceof BadCaCrlError)) throw error;
    return { revocation: { is: "bad-crl", reason: error.reason } };
  }
  if (crl === undefined) return { revocation: { is: "not-checked" } };
  const entry = crl.entries.find(({ serial }) => serial === certificate.serial);
  if (entry === undefined) return { revocation: { is: "not-revoked" }, crl };
  return { revocation: { is: "revoked", reason: entry.reason, at: entry.revokedAt }, crl };
}
