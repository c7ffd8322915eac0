/** Finds a path of certificates from a leaf to a trust anchor, and verifies it (RFC 5280 6.1). */
import { bytesEqual, extensionOid } from "../encoding/mod.ts";
import { type Certificate, certificatesEqual, isValidAt } from "../read/mod.ts";
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
import { namesEqual } from "../name/mod.ts";
import { checkNameConstraints, type ComparisonCount } from "./name_constraints.ts";
import { requirePurposes } from "./purposes.ts";
import { verifySignature } from "./signature.ts";

/** What is asked of a chain, whoever verifies it. */
interface ChainRules {
  readonly at: Date;
  /**
   * OBJECT IDENTIFIERs in dots of what the leaf is to be used for; `undefined`: as a TLS server or a TLS
   * client.
   */
  readonly purposes?: readonly string[] | undefined;
}

/** A signature that was verified: the key of `issuer` has signed `certificate`. */
interface VerifiedLink {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** What a chain is made of. */
export interface ChainMaterial extends ChainRules {
  /** Signatures that need not be verified again: those of the same certificates, as they were read. */
  readonly links?: readonly VerifiedLink[] | undefined;
  readonly leaf: Certificate;
  /** In any order, and not all need to be of use. */
  readonly intermediates: readonly Certificate[];
  /** Trusted, each for itself: an anchor need not be a root. */
  readonly anchors: readonly Certificate[];
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
 * Of every certificate: validity, signature, no critical extension that is not processed, names that the CAs
 * above it may certify, the purposes. Of all but the leaf: it is a CA, may sign certificates, and allows as
 * many CAs below it as there are. No policy is asked for: certificatePolicies may be critical, what
 * constrains policies may not. Revocation is not looked at, nor whose certificate the leaf is.
 *
 * @throws ChainError where there is none: what is wrong with the way that was tried first.
 */
export async function verifyChain(material: ChainMaterial): Promise<CertificatePath> {
  checkItself(material.leaf, material.at);
  const path: CertificatePath = [material.leaf];
  const search: Search = { ...material, attempts: 0, comparisons: 0 };
  return isAnchor(material.leaf, search) ? checkPath(path, search) : await extend(path, search);
}

/**
 * Verifies a chain as a service is going to send it: each certificate has issued the one before, by name and
 * signature, and all that {@linkcode verifyChain} asks of every certificate holds. Whether anybody trusts it
 * is not asked. It may end in a root, of any date.
 *
 * @param chain the leaf first.
 * @returns the signatures that were verified, for {@linkcode verifyChain}.
 * @throws ChainError about the first certificate that fails.
 */
export async function verifyServedChain(
  chain: CertificatePath,
  rules: ChainRules,
): Promise<readonly VerifiedLink[]> {
  requireServedInTime(chain, rules.at);
  const [leaf, ...issuers] = chain;
  const links: VerifiedLink[] = [];
  checkCriticalExtensions(leaf);
  for (const [index, issuer] of issuers.entries()) {
    const below = [leaf, ...issuers.slice(0, index)] as const;
    const last = below.at(-1) ?? leaf;
    if (!namesEqual(issuer.subject, last.issuer)) throw new IssuerNotFoundError(last);
    await verifySignature(last, issuer);
    links.push({ certificate: last, issuer });
    checkCriticalExtensions(issuer);
    checkAsIssuer(issuer, below, {
      isTrusted: index === issuers.length - 1 && isSelfIssued(issuer),
    });
  }
  checkPath(chain, { ...rules, comparisons: 0 });
  return links;
}

/**
 * Insists that every certificate of a chain is in time, but for a root at its end: those who trust it have it
 * already, and go by their own.
 *
 * @param chain the leaf first.
 * @throws NotYetValidError, ExpiredError
 */
export function requireServedInTime([leaf, ...issuers]: CertificatePath, at: Date): void {
  checkValidity(leaf, at);
  for (const [index, issuer] of issuers.entries()) {
    const isRootAtEnd = index === issuers.length - 1 && isSelfIssued(issuer);
    if (!isRootAtEnd) checkValidity(issuer, at);
  }
}

interface Search extends ChainMaterial, ComparisonCount {
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
      if (!isLinked(last, issuer, search)) await verifySignature(last, issuer);
      checkItself(issuer, search.at);
      const isTrusted = isAnchor(issuer, search);
      checkAsIssuer(issuer, path, { isTrusted });
      const longer: CertificatePath = [...path, issuer];
      return isTrusted ? checkPath(longer, search) : await extend(longer, search);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      failures.push(error);
    }
  }
  const telling = failures.find((failure) => !(failure instanceof BadSignatureError));
  throw telling ?? failures[0] ?? new IssuerNotFoundError(last);
}

/** Whether this key is known to have signed: an anchor may be another certificate of a key that is served. */
function isLinked(
  certificate: Certificate,
  { subjectPublicKeyInfo }: Certificate,
  { links = [] }: ChainMaterial,
): boolean {
  return links.some((link) =>
    link.certificate === certificate &&
    bytesEqual(link.issuer.subjectPublicKeyInfo.der, subjectPublicKeyInfo.der)
  );
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

/** RFC 5280 3.2: whether subject and issuer are the same, as of a root. */
function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return namesEqual(subject, issuer);
}

/** What every certificate of a path must be. */
function checkItself(certificate: Certificate, at: Date): void {
  checkValidity(certificate, at);
  checkCriticalExtensions(certificate);
}

/**
 * Insists that `at` is within the validity of a certificate.
 *
 * @throws NotYetValidError, ExpiredError
 */
function checkValidity(certificate: Certificate, at: Date): void {
  if (isValidAt(certificate, at)) return;
  throw at < certificate.notBefore
    ? new NotYetValidError(certificate)
    : new ExpiredError(certificate);
}

function checkCriticalExtensions(certificate: Certificate): void {
  const unprocessed = unprocessedExtensions(certificate);
  if (unprocessed.length > 0) throw new UnknownCriticalExtensionError(certificate, unprocessed);
}

/** The OBJECT IDENTIFIERs in dots of critical extensions that nothing here processes (RFC 5280 4.2). */
export function unprocessedExtensions(
  { unknownCriticalExtensions }: Certificate,
): readonly string[] {
  return unknownCriticalExtensions.filter((oid) => !processed.has(oid));
}

/** Extensions that only verifying a chain makes something of: nothing, as long as no policy is asked for. */
const processed: ReadonlySet<string> = new Set([
  extensionOid.nameConstraints,
  extensionOid.certificatePolicies,
]);

/** What a certificate must be to have issued the last of `path`. */
function checkAsIssuer(
  issuer: Certificate,
  path: CertificatePath,
  { isTrusted }: { readonly isTrusted: boolean },
): void {
  const { basicConstraints, keyUsage, version } = issuer;
  // Version 1 has no extensions to say it with: whoever trusts it says it.
  const isAuthority = basicConstraints?.ca ?? (version === 1 && isTrusted);
  if (!isAuthority) throw new NotAnAuthorityError(issuer);
  if (keyUsage !== undefined && !keyUsage.includes("keyCertSign")) {
    throw new MayNotSignError(issuer);
  }
  const limit = basicConstraints?.pathLength;
  const below = path.slice(1).filter((member) => !isSelfIssued(member));
  if (limit !== undefined && below.length > limit) throw new PathLengthError(issuer, limit);
}

/** What a path must be as a whole. */
function checkPath(path: CertificatePath, rules: ChainRules & ComparisonCount): CertificatePath {
  checkNameConstraints(path, rules);
  requirePurposes(path, rules.purposes);
  return path;
}
