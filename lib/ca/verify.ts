/** `ca verify`: verifies a certificate against this CA. */
import { readGivenFile, type System, wrapError } from "../system/mod.ts";
import type { RecoveryOutlook } from "../transaction/mod.ts";
import {
  type Certificate,
  certificateFileLimit,
  certificatesEqual,
  ChainError,
  formatName,
  formatSerial,
  isSelfIssued,
  isValidAt,
  readCertificateFile,
  type RevocationReason,
  SeveralCertificatesError,
  verifyServedChain,
} from "../x509/mod.ts";
import {
  expiryOfCrl,
  type Hierarchy,
  isIssuedBy,
  type NumberedCrl,
  readHierarchy,
  readLastCrl,
  readRoot,
  type Root,
} from "./issue/mod.ts";
import { findCa, patientOutlook } from "./ca.ts";
import { hasLeft } from "./crl/mod.ts";
import { BadCaCrlError, CertificateUnreadableError } from "./errors.ts";
import type { CaLocation, CertificateRecord, StoreReader } from "./store/mod.ts";

/** Options of `ca verify`. */
export interface VerifyOptions extends CaLocation {
  /** Path of a file with a certificate. The CA's own and those above it may follow it. */
  readonly file: string;
}

/** The revocation status of a certificate, by the CA's index and its CRL. */
export type Revocation =
  | { readonly is: "not-revoked" }
  | {
    readonly is: "revoked";
    /** `undefined` if certswap does not know the reason. */
    readonly reason: RevocationReason | undefined;
    readonly at: Date;
    /** Whether the last CRL lists it. */
    readonly isOnCrl: boolean;
    /** Not on the list, because it had expired before. Else, clients with the CRL do not know it yet. */
    readonly hasLeftCrl: boolean;
  }
  /** There is no CRL. */
  | { readonly is: "not-checked" }
  /** The CRL is past its next update. Later revocations are unknown (RFC 5280 5.1.2.5). */
  | { readonly is: "unknown"; readonly crlExpired: Date }
  /** The CRL cannot be trusted. */
  | { readonly is: "bad-crl"; readonly reason: BadCaCrlError["reason"] };

/** Whether an intermediate CA is valid up to its root, or why not. */
export type ChainVerdict =
  | { readonly is: "ok" }
  /** The certificates above are missing. */
  | { readonly is: "missing" }
  | { readonly is: "failed"; readonly error: ChainError };

/** Report of `ca verify`. */
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
  /** Whether the CA itself is valid, up to its root. `undefined` if it is a root, which clients have. */
  readonly chain: ChainVerdict | undefined;
  readonly expiry: "ok" | "expired" | "not-yet-valid";
  readonly revocation: Revocation;
  /** The nextUpdate of the CRL, if it is in the past. */
  readonly staleSince: Date | undefined;
  readonly outlook: RecoveryOutlook;
}

/**
 * Verifies that a certificate was issued by this CA, is within its validity period, and is not revoked by the
 * CA's index or its last CRL. Writes nothing and takes no lock.
 *
 * @throws CertificateUnreadableError, BadCaFileError, FileSystemError
 * @throws BadIndexError, CaIncompleteError if the index cannot be read, because revocations are then unknown.
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
  const hierarchy = await readHierarchy(store, root);
  const certificate = await readGivenCertificate(system, { file: options.file, hierarchy });
  const now = system.clock.now();
  const isSignedByCa = await isIssuedBy(root, certificate);
  const chain = await judgeChain(hierarchy, now);
  const expiry = expiryOf(certificate, now);
  const crl = await lastCrl(store, root);
  const serial = formatSerial(certificate.serial);
  // Certificates of other CAs may have the same serial number.
  const record = isSignedByCa ? await store.find(serial) : undefined;
  const revocation = judgeRevocation(certificate, { crl, record, now });
  return {
    isValid: isSignedByCa && expiry === "ok" && chain?.is !== "failed" &&
      (revocation.is === "not-revoked" || revocation.is === "not-checked"),
    subject: formatName(certificate.subject),
    serial,
    issuer: formatName(certificate.issuer),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isSignedByCa,
    chain,
    expiry,
    revocation,
    staleSince: crl instanceof BadCaCrlError ? undefined : expiryOfCrl(crl, now),
    outlook: await patientOutlook(system, store),
  };
}

/** Reads a certificate as the CA delivers it: alone, or followed by its chain. */
async function readGivenCertificate(
  { files }: System,
  { file, hierarchy: { root, above, bundle = [] } }: {
    readonly file: string;
    readonly hierarchy: Hierarchy;
  },
): Promise<Certificate> {
  const { content } = await readGivenFile(files, file, certificateFileLimit);
  const own = [root.certificate, ...above, ...bundle];
  return wrapError(
    () => {
      const { leaf, chain } = readCertificateFile(content);
      const isOwn = chain.every((one) => own.some((known) => certificatesEqual(one, known)));
      // Which of several certificates is meant is not certain.
      if (!isOwn) throw new SeveralCertificatesError(1 + chain.length);
      return leaf;
    },
    (cause) => new CertificateUnreadableError(file, { cause }),
  );
}

/** Verifies an intermediate CA up to the root in its chain. */
async function judgeChain(
  { root: { certificate }, above }: Hierarchy,
  at: Date,
): Promise<ChainVerdict | undefined> {
  if (isSelfIssued(certificate)) return undefined;
  if (above.length === 0) return { is: "missing" };
  try {
    await verifyServedChain([certificate, ...above], { at, purposes: [] });
    return { is: "ok" };
  } catch (error) {
    if (error instanceof ChainError) return { is: "failed", error };
    throw error;
  }
}

function expiryOf(certificate: Certificate, now: Date): VerifyReport["expiry"] {
  if (isValidAt(certificate, now)) return "ok";
  return now < certificate.notBefore ? "not-yet-valid" : "expired";
}

/** The last CRL, or why it cannot be trusted; `undefined` if there is none. */
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

/** What is known about revocations. */
interface Known {
  readonly crl: NumberedCrl | BadCaCrlError | undefined;
  /** The CA's record of this certificate. */
  readonly record: CertificateRecord | undefined;
  readonly now: Date;
}

/** Determines the revocation status. The index comes first: it is always newer than the CRL. */
function judgeRevocation({ serial }: Certificate, { crl, record, now }: Known): Revocation {
  const isBad = crl instanceof BadCaCrlError;
  const entry = isBad ? undefined : crl?.entries.find(serial);
  if (record?.status === "revoked") {
    const { revocationReason: reason, revokedAt } = record;
    const at = new Date(revokedAt);
    const isOnCrl = entry !== undefined;
    const hasLeftCrl = !isOnCrl && !isBad && crl !== undefined && hasLeft(record, crl);
    return { is: "revoked", reason: reason || undefined, at, isOnCrl, hasLeftCrl };
  }
  if (isBad) return { is: "bad-crl", reason: crl.reason };
  if (crl === undefined) return { is: "not-checked" };
  if (entry !== undefined) {
    const { reason, revokedAt: at } = entry;
    return { is: "revoked", reason, at, isOnCrl: true, hasLeftCrl: false };
  }
  const crlExpired = expiryOfCrl(crl, now);
  return crlExpired === undefined ? { is: "not-revoked" } : { is: "unknown", crlExpired };
}
