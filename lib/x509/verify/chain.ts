/** Finds and verifies a path of certificates from a leaf to a trust anchor (RFC 5280 6.1). */
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

/** When and for which purposes a chain must be valid. */
interface ChainRules {
  readonly at: Date;
  /**
   * The purposes that the leaf must allow, as OBJECT IDENTIFIERs in dots; `undefined`: TLS server or TLS
   * client.
   */
  readonly purposes?: readonly string[] | undefined;
}

/** A verified signature: the key of `issuer` has signed `certificate`. */
interface VerifiedLink {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** The certificates to build a chain from, and what it must satisfy. */
export interface ChainMaterial extends ChainRules {
  /** Signatures that are already verified, for the same certificate objects. */
  readonly links?: readonly VerifiedLink[] | undefined;
  readonly leaf: Certificate;
  /** In any order. Some may be unrelated. */
  readonly intermediates: readonly Certificate[];
  /** Each is trusted on its own: an anchor does not have to be a root. */
  readonly anchors: readonly Certificate[];
}

/** A path from a leaf to an anchor, including both. One certificate if the leaf is an anchor itself. */
type CertificatePath = readonly [Certificate, ...Certificate[]];

/** The longest path, including the leaf and the anchor. */
const pathLimit = 10;

/** How many signatures are verified at most: intermediates may be crafted to lead nowhere. */
const attemptLimit = 64;

/**
 * Finds a path from the leaf to an anchor that is valid at the time `at` (RFC 5280 6.1).
 *
 * Every certificate must be within its validity period and signed by its issuer, must have no unsupported
 * critical extension and only names that the CAs above permit, and must allow the purposes. Every issuer must
 * be a CA, may sign certificates, and does not exceed its path length. Policies are not evaluated:
 * certificatePolicies may be critical, policy constraints may not. Revocation is not checked, and neither are
 * the names of the leaf.
 *
 * @throws ChainError if there is no such path: why the first candidate failed.
 */
export async function verifyChain(material: ChainMaterial): Promise<CertificatePath> {
  checkItself(material.leaf, material.at);
  const path: CertificatePath = [material.leaf];
  const search: Search = { ...material, attempts: 0, comparisons: 0 };
  return isAnchor(material.leaf, search) ? checkPath(path, search) : await extend(path, search);
}

/**
 * Verifies a chain as a service will send it: each certificate has issued the one before it, by name and
 * signature, and meets the requirements of {@linkcode verifyChain}. No trust anchor is needed. The chain may
 * end in a root, and the dates of that root do not matter.
 *
 * @param chain the leaf first.
 * @returns the verified signatures, for {@linkcode verifyChain}.
 * @throws ChainError for the first certificate that fails.
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
 * Checks that every certificate of a chain is within its validity period, except a root at the end: clients
 * that trust it have their own copy, and use that.
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
      // The signature comes first: of several issuers with the same name, only errors of the real one matter.
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
  const informative = failures.find((failure) => !(failure instanceof BadSignatureError));
  throw informative ?? failures[0] ?? new IssuerNotFoundError(last);
}

/** Whether this signature is already verified: an anchor may be another certificate of the same CA key. */
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

/** Certificates with the issuer's name: anchors before intermediates, matching key identifiers first. */
function issuersOf(
  certificate: Certificate,
  path: CertificatePath,
  { anchors, intermediates }: ChainMaterial,
): Certificate[] {
  const wanted = certificate.authorityKeyIdentifier;
  const rank = ({ subjectKeyIdentifier: found }: Certificate): number => {
    // RFC 5280 4.2.1.1: the identifiers only help to find the key.
    if (wanted === undefined || found === undefined) return 1;
    return bytesEqual(wanted, found) ? 0 : 2;
  };
  return [...anchors, ...intermediates]
    .filter((candidate) => namesEqual(candidate.subject, certificate.issuer))
    .filter((candidate) => !path.some((member) => isSameEntity(member, candidate)))
    .toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Whether two certificates are of the same CA or device: they have the same name and key. A path with both
 * would be a loop (RFC 4158 2.4.2); of two CA certificates, one may be a cross-certificate.
 */
export function isSameEntity(a: Certificate, b: Certificate): boolean {
  return bytesEqual(a.subjectPublicKeyInfo.der, b.subjectPublicKeyInfo.der) &&
    namesEqual(a.subject, b.subject);
}

function isAnchor(certificate: Certificate, { anchors }: ChainMaterial): boolean {
  return anchors.some((anchor) => certificatesEqual(anchor, certificate));
}

/** RFC 5280 3.2: whether subject and issuer are the same, as in a root. */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return namesEqual(subject, issuer);
}

/** Checks a certificate on its own. */
function checkItself(certificate: Certificate, at: Date): void {
  checkValidity(certificate, at);
  checkCriticalExtensions(certificate);
}

/**
 * Checks that `at` is within the validity period of a certificate.
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

/** OBJECT IDENTIFIERs, in dots, of critical extensions that certswap does not support (RFC 5280 4.2). */
export function unprocessedExtensions(
  { unknownCriticalExtensions }: Certificate,
): readonly string[] {
  return unknownCriticalExtensions.filter((oid) => !processed.has(oid));
}

/** Whether a certificate is one of a CA, which may sign others (RFC 5280 4.2.1.3, 4.2.1.9). */
export function mayIssueCertificates({ basicConstraints, keyUsage }: Certificate): boolean {
  return basicConstraints?.ca === true && keyUsage?.includes("keyCertSign") !== false;
}

/** Extensions that chain verification supports. Policies may be ignored because none is required. */
const processed: ReadonlySet<string> = new Set([
  extensionOid.nameConstraints,
  extensionOid.certificatePolicies,
]);

/** Checks that a certificate may have issued the last one of `path`. */
function checkAsIssuer(
  issuer: Certificate,
  path: CertificatePath,
  { isTrusted }: { readonly isTrusted: boolean },
): void {
  const { basicConstraints, keyUsage, version } = issuer;
  // A version 1 certificate has no extensions: it counts as a CA only if it is a trust anchor.
  const isAuthority = basicConstraints?.ca ?? (version === 1 && isTrusted);
  if (!isAuthority) throw new NotAnAuthorityError(issuer);
  if (keyUsage !== undefined && !keyUsage.includes("keyCertSign")) {
    throw new MayNotSignError(issuer);
  }
  const limit = basicConstraints?.pathLength;
  const below = path.slice(1).filter((member) => !isSelfIssued(member));
  if (limit !== undefined && below.length > limit) throw new PathLengthError(issuer, limit);
}

/** Checks a path as a whole. */
function checkPath(path: CertificatePath, rules: ChainRules & ComparisonCount): CertificatePath {
  checkNameConstraints(path, rules);
  requirePurposes(path, rules.purposes);
  return path;
}
