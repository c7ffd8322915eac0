/** Finds a path of certificates from a leaf to a trust anchor, and verifies it (RFC 5280 6.1). */
import { bytesEqual } from "../encoding/bytes.ts";
import { type Certificate, certificatesEqual, isValidAt } from "../read/certificate.ts";
import {
  BadSignatureError,
  ChainError,
  ChainTooLongError,
  ExpiredError,
  IssuerNotFoundError,
  MayNotSignError,
  NotAnAuthorityError,
  NotYetValidError,
  PathLengthError,
  UnknownCriticalExtensionError,
} from "./chain_errors.ts";
import { extensionOid } from "../encoding/oids.ts";
import { namesEqual } from "../name/name.ts";
import { verifySignature } from "./signature.ts";

/** What a chain is made of. */
export interface ChainMaterial {
  readonly leaf: Certificate;
  /** In any order, and not all need to be of use. */
  readonly intermediates: readonly Certificate[];
  /** Trusted, each for itself: an anchor need not be a root. */
  readonly anchors: readonly Certificate[];
  readonly at: Date;
}

/** A path from a leaf to an anchor, both included; one certificate where the leaf is an anchor itself. */
type CertificatePath = readonly [Certificate, ...Certificate[]];

/** Certificates in a path, the leaf and the anchor included. */
const pathLimit = 10;

/** Signatures that are verified before giving up: intermediates may be crafted to lead nowhere. */
const attemptLimit = 64;

/**
 * Finds a path from the leaf to an anchor that verifies (RFC 5280 6.1), as it is at the time `at`.
 *
 * Of every certificate: validity, signature, no critical extension that is not understood. Of all but
 * the leaf: it is a CA, may sign certificates, and allows as many CAs below it as there are. Name
 * constraints and policies are not understood: they are refused where they are critical, and so are
 * name constraints where they are not. Revocation is not looked at, nor whom the leaf speaks for.
 *
 * @throws ChainError where there is none: what is wrong with the way that was tried first.
 */
export async function verifyChain(material: ChainMaterial): Promise<CertificatePath> {
  checkItself(material.leaf, material.at);
  if (isAnchor(material.leaf, material)) return [material.leaf];
  return await extend([material.leaf], { ...material, attempts: 0 });
}

interface Search extends ChainMaterial {
  attempts: number;
}

/** Extends a path of verified certificates until it ends in an anchor. */
async function extend(path: CertificatePath, search: Search): Promise<CertificatePath> {
  const last = path.at(-1) ?? path[0];
  const failures: ChainError[] = [];
  for (const issuer of issuersOf(last, path, search)) {
    try {
      if (path.length === pathLimit || search.attempts === attemptLimit) {
        throw new ChainTooLongError(last);
      }
      search.attempts++;
      // First of all: of several issuers of one name, only what is wrong with the true one is of interest.
      await verifySignature(last, issuer);
      checkItself(issuer, search.at);
      checkAsIssuer(issuer, path, search);
      const longer: CertificatePath = [...path, issuer];
      return isAnchor(issuer, search) ? longer : await extend(longer, search);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      failures.push(error);
    }
  }
  const telling = failures.find((failure) => !(failure instanceof BadSignatureError));
  throw telling ?? failures[0] ?? new IssuerNotFoundError(last);
}

/** Those that bear the issuer's name: anchors before intermediates, the key that is named before others. */
function issuersOf(
  certificate: Certificate,
  path: CertificatePath,
  { anchors, intermediates }: ChainMaterial,
): Certificate[] {
  const wanted = certificate.authorityKeyIdentifier;
  const rank = ({ subjectKeyIdentifier: found }: Certificate): number => {
    // RFC 5280 4.2.1.1 has the identifiers help to find the key; they decide nothing.
    if (wanted === undefined || found === undefined) return 1;
    return bytesEqual(wanted, found) ? 0 : 2;
  };
  return [...anchors, ...intermediates]
    .filter((candidate) => namesEqual(candidate.subject, certificate.issuer))
    .filter((candidate) => !path.some((member) => isSameEntity(member, candidate)))
    .toSorted((a, b) => rank(a) - rank(b));
}

/** Whether two certificates are of one name and key: a path through both would be a loop (RFC 4158 2.4.2). */
function isSameEntity(a: Certificate, b: Certificate): boolean {
  return bytesEqual(a.subjectPublicKeyInfo.der, b.subjectPublicKeyInfo.der) &&
    namesEqual(a.subject, b.subject);
}

function isAnchor(certificate: Certificate, { anchors }: ChainMaterial): boolean {
  return anchors.some((anchor) => certificatesEqual(anchor, certificate));
}

/** What every certificate of a path must be. */
function checkItself(certificate: Certificate, at: Date): void {
  if (!isValidAt(certificate, at)) {
    throw at < certificate.notBefore
      ? new NotYetValidError(certificate)
      : new ExpiredError(certificate);
  }
  if (certificate.unknownCriticalExtensions.length > 0) {
    throw new UnknownCriticalExtensionError(certificate, certificate.unknownCriticalExtensions);
  }
}

/** What a certificate must be to have issued the last of `path`. */
function checkAsIssuer(issuer: Certificate, path: CertificatePath, material: ChainMaterial): void {
  const { basicConstraints, keyUsage, version } = issuer;
  // Version 1 has no extensions to say it with: whoever trusts it says it.
  const isAuthority = basicConstraints?.ca ?? (version === 1 && isAnchor(issuer, material));
  if (!isAuthority) throw new NotAnAuthorityError(issuer);
  if (keyUsage !== undefined && !keyUsage.includes("keyCertSign")) {
    throw new MayNotSignError(issuer);
  }
  if (issuer.extensions.some(({ oid }) => oid === extensionOid.nameConstraints)) {
    throw new UnknownCriticalExtensionError(issuer, [extensionOid.nameConstraints]);
  }
  const limit = basicConstraints?.pathLength;
  const below = path.slice(1).filter((member) => !namesEqual(member.subject, member.issuer));
  if (limit !== undefined && below.length > limit) throw new PathLengthError(issuer, limit);
}
