/** What is asked of a pair before it is made the active one. Each refusal has an error of its own. */
import { hour } from "../../system/mod.ts";
import {
  type Certificate,
  chainOrder,
  compareIdentities,
  formatGeneralName,
  formatName,
  type Identity,
  isValidAt,
  namesEqual,
  verifyChain,
} from "../../x509/mod.ts";
import {
  AuthorityAsLeafError,
  CertificateExpiredError,
  CertificateExpiresSoonError,
  CertificateNotYetValidError,
  CriticalExtensionError,
  IdentityChangedError,
  OlderThanActiveError,
  UnrelatedCertificateError,
} from "../errors.ts";
import { type ActivePair, readableLeaf } from "./active_pair.ts";
import { chainOrderError, concerning, type LoadedPair } from "./read_pair.ts";

/** A certificate that expires within this time, in milliseconds, is not worth the swap. */
const leastRemaining = hour;

/** What a pair is held against. */
interface Circumstances {
  readonly now: Date;
  /** The chain has to lead to one of them. `undefined`: it is not looked at. */
  readonly anchors: readonly Certificate[] | undefined;
  /** Whether the certificate may be a CA's: self-signed ones often say CA:TRUE. */
  readonly allowCa?: boolean | undefined;
}

/**
 * Insists that a pair can be used by itself: in time, a leaf, understood, and trusted where anchors
 * are given.
 *
 * @throws CertificateExpiredError, CertificateExpiresSoonError, CertificateNotYetValidError
 * @throws AuthorityAsLeafError, ChainOrderError, UnrelatedCertificateError, CriticalExtensionError
 * @throws UnusableFileError for a chain that does not lead to an anchor.
 */
export async function requireUsable(
  pair: LoadedPair,
  { now, anchors, allowCa = false }: Circumstances,
): Promise<void> {
  const { leaf, chain, files: { certificate: path } } = pair;
  requireInTime(path, leaf, now);
  // RFC 5280 4.2.1.9: cA says whether the key may verify certificates. Version 1 has no such word.
  if (leaf.basicConstraints?.ca === true && !allowCa) {
    const isSelfSigned = chain.length === 0 && namesEqual(leaf.subject, leaf.issuer);
    throw new AuthorityAsLeafError(path, { isSelfSigned });
  }
  requireOrder(path, [leaf, ...chain]);
  if (leaf.unknownCriticalExtensions.length > 0) {
    throw new CriticalExtensionError(path, leaf.unknownCriticalExtensions);
  }
  if (anchors !== undefined) {
    try {
      await verifyChain({ leaf, intermediates: chain, anchors, at: now });
    } catch (error) {
      throw concerning(path, "certificate", error);
    }
  }
}

function requireInTime(path: string, leaf: Certificate, now: Date): void {
  const { notBefore, notAfter } = leaf;
  if (now < notBefore) throw new CertificateNotYetValidError(path, notBefore, now);
  if (!isValidAt(leaf, now)) throw new CertificateExpiredError(path, notAfter, now);
  if (!isValidAt(leaf, new Date(now.getTime() + leastRemaining))) {
    throw new CertificateExpiresSoonError(path, notAfter, now);
  }
}

/** "Each following certificate MUST directly certify the one preceding it" (RFC 5246 7.4.2). */
function requireOrder(path: string, certificates: readonly Certificate[]): void {
  for (const [index, certificate] of certificates.entries()) {
    const previous = certificates[index - 1];
    if (previous === undefined || isIssuer(certificate, previous)) continue;
    const [leaf] = certificates;
    if (leaf !== undefined && chainOrder(certificates, leaf) !== undefined) {
      throw chainOrderError(path, certificates, leaf);
    }
    throw new UnrelatedCertificateError(path, {
      position: index + 1,
      subject: formatName(certificate.subject),
      expected: formatName(previous.issuer),
    });
  }
}

/** By its name; and where that is the certificate's own name, too, by being a CA (RFC 5280 4.2.1.9). */
function isIssuer(issuer: Certificate, { subject, issuer: wanted }: Certificate): boolean {
  return namesEqual(wanted, issuer.subject) &&
    (!namesEqual(subject, wanted) || issuer.basicConstraints?.ca === true);
}

/** What the operator waives. */
export interface Waivers {
  readonly allowIdentityChange: boolean;
  readonly allowOlder: boolean;
}

/**
 * Insists that a pair may follow the active one: for the same identity or more, and not issued before it.
 *
 * Whom the active pair is for, its certificate alone says: a key that is missing, unreadable or another one's
 * changes nothing about it. Its age counts only if the pair is sound: what mends a broken one may be older.
 *
 * @throws IdentityChangedError, OlderThanActiveError
 */
export function requireSuccessor(pair: LoadedPair, active: ActivePair, waivers: Waivers): void {
  const leaf = readableLeaf(active);
  if (leaf === undefined) return;
  if (!waivers.allowIdentityChange) requireIdentity(pair, leaf);
  const isOlder = active.condition === "sound" && pair.leaf.notBefore < leaf.notBefore;
  if (isOlder && !waivers.allowOlder) {
    throw new OlderThanActiveError(pair.files.certificate, pair.leaf.notBefore, leaf.notBefore);
  }
}

/**
 * Insists that a pair is for this identity, or for more names.
 *
 * @throws IdentityChangedError
 */
export function requireIdentity(pair: LoadedPair, wanted: Identity): void {
  const { verdict, subjectsEqual, missing } = compareIdentities(wanted, pair.leaf);
  if (verdict !== "different") return;
  throw new IdentityChangedError(pair.files.certificate, {
    subject: subjectsEqual
      ? undefined
      : { active: formatName(wanted.subject), given: formatName(pair.leaf.subject) },
    missingNames: missing.map(formatGeneralName),
  });
}
