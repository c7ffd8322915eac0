/** Determines the purposes that a chain allows, by extendedKeyUsage and keyUsage (RFC 5280 4.2.1). */
import { purposeOid } from "../encoding/mod.ts";
import type { KeyAlgorithm } from "../key/mod.ts";
import type { Certificate, KeyUsage } from "../read/mod.ts";
import { PurposeNotAllowedError, UnsuitableKeyUsageError } from "./chain_errors.ts";

const { anyExtendedKeyUsage, clientAuth, OCSPSigning, serverAuth } = purposeOid;

/** The purposes of TLS. */
const tlsPurposes: readonly string[] = [serverAuth, clientAuth];

/**
 * The purposes that a path of certificates allows: those of the leaf, without those that a CA above it lacks.
 * (RFC 5280 does not define extendedKeyUsage for CAs; OpenSSL, Go and browsers treat it as a restriction.)
 *
 * A leaf without extendedKeyUsage, or with anyExtendedKeyUsage, counts as TLS server and client.
 *
 * @param path the leaf first.
 * @returns OBJECT IDENTIFIERs in dots.
 */
export function purposesOf([leaf, ...authorities]: readonly Certificate[]): ReadonlySet<string> {
  const all = authorities.reduce<ReadonlySet<string>>(
    restrict,
    new Set(leaf?.extKeyUsage ?? tlsPurposes),
  );
  return all.has(anyExtendedKeyUsage) ? new Set([...all, ...tlsPurposes]) : all;
}

/** Restricts the purposes of a certificate to those that its CA allows. */
function restrict(
  purposes: ReadonlySet<string>,
  { extKeyUsage }: Certificate,
): ReadonlySet<string> {
  if (extKeyUsage === undefined || extKeyUsage.includes(anyExtendedKeyUsage)) return purposes;
  const kept = [...purposes].filter((purpose) =>
    // A CA for TLS servers may delegate OCSP, without that purpose itself (RFC 6960 4.2.2.2).
    extKeyUsage.includes(purpose) || purpose === OCSPSigning
  );
  return new Set(purposes.has(anyExtendedKeyUsage) ? [...kept, ...extKeyUsage] : kept);
}

/** Whether a purpose is allowed. anyExtendedKeyUsage includes all but OCSPSigning (RFC 6960 4.2.2.2). */
function allows(purposes: ReadonlySet<string>, purpose: string): boolean {
  return purposes.has(purpose) || purposes.has(anyExtendedKeyUsage) && purpose !== OCSPSigning;
}

/**
 * The purposes that the current path allows and the next one does not.
 *
 * @param current the active path, leaf first.
 * @param next the path to replace it, leaf first.
 * @returns OBJECT IDENTIFIERs in dots.
 */
export function lostPurposes(
  current: readonly Certificate[],
  next: readonly Certificate[],
): readonly string[] {
  const allowed = purposesOf(next);
  return [...purposesOf(current)].filter((purpose) =>
    purpose !== anyExtendedKeyUsage && !allows(allowed, purpose)
  );
}

/**
 * Checks that a path allows all of these purposes, and that the leaf's keyUsage fits them.
 *
 * @param path the leaf first.
 * @param wanted OBJECT IDENTIFIERs in dots; `undefined`: TLS server or TLS client.
 * @throws PurposeNotAllowedError for the certificate that excludes a purpose; UnsuitableKeyUsageError
 */
export function requirePurposes(
  path: readonly [Certificate, ...Certificate[]],
  wanted: readonly string[] | undefined,
): void {
  const missing = missingPurposes(path, wanted);
  if (missing.length > 0) {
    // The first certificate, from the leaf up, that excludes a purpose.
    const length = path.findIndex((_, index) =>
      missingPurposes(path.slice(0, index + 1), wanted).length > 0
    );
    throw new PurposeNotAllowedError(path[length] ?? path[0], missing);
  }
  requireKeyUsage(path[0], wanted ?? tlsPurposes);
}

function missingPurposes(
  path: readonly Certificate[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const allowed = purposesOf(path);
  const missing = (wanted ?? tlsPurposes).filter((purpose) => !allows(allowed, purpose));
  return wanted === undefined && missing.length < tlsPurposes.length ? [] : missing;
}

/** Checks the keyUsage. A key without keyUsage may be used for anything (RFC 5280 4.2.1.3). */
function requireKeyUsage(leaf: Certificate, purposes: readonly string[]): void {
  const { keyUsage, subjectPublicKeyInfo: { algorithm } } = leaf;
  if (keyUsage === undefined) return;
  for (const purpose of purposes) {
    const suitable = usagesFor(purpose, algorithm);
    if (suitable !== undefined && !suitable.some((usage) => keyUsage.includes(usage))) {
      throw new UnsuitableKeyUsageError(leaf, { keyUsage, suitable });
    }
  }
}

/** The key usages for a purpose; one of them is needed (RFC 5280 4.2.1.12). `undefined` if unknown. */
function usagesFor(purpose: string, { kind }: KeyAlgorithm): readonly KeyUsage[] | undefined {
  switch (purpose) {
    case serverAuth:
    case clientAuth:
      // TLS signs. TLS 1.2 also has suites that encrypt a secret with an RSA key (RFC 5246 7.4.2).
      return kind === "rsa" ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"];
    case purposeOid.codeSigning:
      return ["digitalSignature"];
    case purposeOid.timeStamping:
    case OCSPSigning:
      return ["digitalSignature", "nonRepudiation"];
    default:
      return undefined;
  }
}
