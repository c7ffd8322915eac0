/** What a path of certificates may be used for: extendedKeyUsage and keyUsage (RFC 5280 4.2.1). */
import { purposeOid } from "../encoding/oids.ts";
import type { KeyAlgorithm } from "../key/public_key.ts";
import type { Certificate } from "../read/certificate.ts";
import type { KeyUsage } from "../read/extensions.ts";
import { PurposeNotAllowedError, UnsuitableKeyUsageError } from "./chain_errors.ts";

const { anyExtendedKeyUsage, clientAuth, OCSPSigning, serverAuth } = purposeOid;

/** The purposes of TLS. */
const tlsPurposes: readonly string[] = [serverAuth, clientAuth];

/**
 * The purposes that a path of certificates allows: those of the leaf, less what a CA above it does not have.
 * (RFC 5280 leaves open what extendedKeyUsage means for a CA; OpenSSL, Go and the browsers have it restrict.)
 *
 * A leaf without extendedKeyUsage, or with anyExtendedKeyUsage, counts as one for TLS servers and clients.
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

/** What a CA leaves of the purposes of a certificate below it. */
function restrict(
  purposes: ReadonlySet<string>,
  { extKeyUsage }: Certificate,
): ReadonlySet<string> {
  if (extKeyUsage === undefined || extKeyUsage.includes(anyExtendedKeyUsage)) return purposes;
  const kept = [...purposes].filter((purpose) =>
    // A CA of TLS servers delegates its OCSP answers, and is not itself one for that (RFC 6960 4.2.2.2).
    extKeyUsage.includes(purpose) || purpose === OCSPSigning
  );
  return new Set(purposes.has(anyExtendedKeyUsage) ? [...kept, ...extKeyUsage] : kept);
}

/** Whether a set of purposes holds one. anyExtendedKeyUsage holds all but OCSPSigning (RFC 6960 4.2.2.2). */
function allows(purposes: ReadonlySet<string>, purpose: string): boolean {
  return purposes.has(purpose) || purposes.has(anyExtendedKeyUsage) && purpose !== OCSPSigning;
}

/**
 * The purposes that one path allows and another does not.
 *
 * @param current the path that is in use, leaf first.
 * @param next the path that is to follow it.
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
 * Insists that a path allows each of these purposes, and that the leaf's keyUsage serves them.
 *
 * @param path the leaf first.
 * @param wanted OBJECT IDENTIFIERs in dots; `undefined`: to be a TLS server or a TLS client.
 * @throws PurposeNotAllowedError about the certificate that excludes a purpose; UnsuitableKeyUsageError
 */
export function requirePurposes(
  path: readonly [Certificate, ...Certificate[]],
  wanted: readonly string[] | undefined,
): void {
  const missing = missingPurposes(path, wanted);
  if (missing.length > 0) {
    // The lowest certificate without which there would be nothing to say.
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

/** A key without keyUsage may be used for anything (RFC 5280 4.2.1.3). */
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

/** The uses of a key one of which a purpose needs (RFC 5280 4.2.1.12); `undefined`: not known. */
function usagesFor(purpose: string, { kind }: KeyAlgorithm): readonly KeyUsage[] | undefined {
  switch (purpose) {
    case serverAuth:
    case clientAuth:
      // TLS signs. TLS 1.2 also has suites that encrypt a secret for an RSA key (RFC 5246 7.4.2).
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
