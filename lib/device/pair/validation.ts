/** Validates a pair before it becomes active. Each refusal has its own error. */
import { day, hour } from "../../system/mod.ts";
import {
  type Certificate,
  chainOrder,
  compareIdentities,
  formatGeneralName,
  formatName,
  type Identity,
  isValidAt,
  lostPurposes,
  namesEqual,
  requireServedInTime,
  unprocessedExtensions,
  verifyChain,
  verifyServedChain,
} from "../../x509/mod.ts";
import {
  AuthorityAsLeafError,
  CertificateExpiredError,
  CertificateExpiresSoonError,
  CertificateNotYetValidError,
  CriticalExtensionError,
  IdentityChangedError,
  OlderThanActiveError,
  PurposeLostError,
  UnrelatedCertificateError,
} from "../errors.ts";
import { type ActivePair, readableLeaf, servedPair } from "./active_pair.ts";
import { chainOrderError, concerning, type LoadedPair } from "./read_pair.ts";

/**
 * A certificate that expires within this time is not worth a swap: an hour, or a tenth of its life if that is
 * less, as certificates that live for an hour are intended.
 *
 * @returns milliseconds.
 */
const leastRemaining = (certificate: Certificate): number =>
  Math.min(hour, lifeOf(certificate) / 10);

/** In milliseconds. */
const lifeOf = ({ notBefore, notAfter }: Certificate): number =>
  notAfter.getTime() - notBefore.getTime();

/** Options for validating a pair that was active before. */
interface Circumstances {
  readonly now: Date;
  /** The chain must lead to one of them. `undefined`: trust is not checked. */
  readonly anchors: readonly Certificate[] | undefined;
}

/** Options for validating a new pair. */
interface Demands extends Circumstances {
  /**
   * The purposes that it must have, as OBJECT IDENTIFIERs in dotted form; `undefined`: TLS server or TLS
   * client.
   */
  readonly purposes: readonly string[] | undefined;
  /** Whether a CA certificate is allowed: self-signed ones often have CA:TRUE. */
  readonly allowCa?: boolean | undefined;
}

/**
 * Checks a new pair by itself: its dates, that it is a leaf, its critical extensions, its chain as it will be
 * served, its purposes, and trust if anchors are given.
 *
 * @throws CertificateExpiredError, CertificateExpiresSoonError, CertificateNotYetValidError
 * @throws AuthorityAsLeafError, ChainOrderError, UnrelatedCertificateError, CriticalExtensionError
 * @throws UnusableFileError for a chain that does not verify, or that does not lead to an anchor.
 */
export async function requireUsable(
  pair: LoadedPair,
  { now, anchors, purposes, allowCa = false }: Demands,
): Promise<void> {
  const { leaf, chain, files: { certificate: path } } = pair;
  requireInTime(path, leaf, now);
  // RFC 5280 4.2.1.9: cA says whether the key may verify certificates. Version 1 has no such field.
  if (leaf.basicConstraints?.ca === true && !allowCa) {
    const isSelfSigned = chain.length === 0 && namesEqual(leaf.subject, leaf.issuer);
    throw new AuthorityAsLeafError(path, { isSelfSigned });
  }
  requireOrder(path, [leaf, ...chain]);
  const unprocessed = unprocessedExtensions(leaf);
  if (unprocessed.length > 0) throw new CriticalExtensionError(path, unprocessed);
  try {
    const links = await verifyServedChain([leaf, ...chain], { at: now, purposes });
    if (anchors !== undefined) {
      await verifyChain({ leaf, intermediates: chain, anchors, at: now, purposes, links });
    }
  } catch (error) {
    throw concerning(path, "certificate", error);
  }
}

/**
 * Checks that a pair which was active before can be active again. Only dates and trust can have changed:
 * services have already worked with it.
 *
 * @throws CertificateExpiredError, CertificateExpiresSoonError, CertificateNotYetValidError
 * @throws UnusableFileError for a chain with an expired or not yet valid certificate, or without an anchor.
 */
export async function requireRestorable(
  pair: LoadedPair,
  { now, anchors }: Circumstances,
): Promise<void> {
  const { leaf, chain, files: { certificate: path } } = pair;
  requireInTime(path, leaf, now);
  try {
    requireServedInTime([leaf, ...chain], now);
    if (anchors !== undefined) {
      await verifyChain({ leaf, intermediates: chain, anchors, at: now, purposes: [] });
    }
  } catch (error) {
    throw concerning(path, "certificate", error);
  }
}

function requireInTime(path: string, leaf: Certificate, now: Date): void {
  const { notBefore, notAfter } = leaf;
  if (now < notBefore) throw new CertificateNotYetValidError(path, notBefore, now);
  if (!isValidAt(leaf, now)) throw new CertificateExpiredError(path, notAfter, now);
  const least = leastRemaining(leaf);
  if (!isValidAt(leaf, new Date(now.getTime() + least))) {
    throw new CertificateExpiresSoonError(path, notAfter, { now, least });
  }
}

/** "Each following certificate MUST directly certify the one preceding it" (RFC 5246 7.4.2). */
function requireOrder(path: string, certificates: readonly Certificate[]): void {
  for (const [index, certificate] of certificates.entries()) {
    const previous = certificates[index - 1];
    if (previous === undefined || isIssuer(certificate, previous)) continue;
    const [leaf] = certificates;
    const order = leaf && chainOrder(certificates, leaf);
    // By name they may already be in order: then one of them only has the issuer's name.
    if (leaf !== undefined && order?.some((from, to) => from !== to)) {
      throw chainOrderError(path, certificates, leaf);
    }
    throw new UnrelatedCertificateError(path, {
      position: index + 1,
      subject: formatName(certificate.subject),
      expected: formatName(previous.issuer),
    });
  }
}

/** By its name; and if that is also the certificate's own name, by being a CA (RFC 5280 4.2.1.9). */
function isIssuer(issuer: Certificate, { subject, issuer: wanted }: Certificate): boolean {
  return namesEqual(wanted, issuer.subject) &&
    (!namesEqual(subject, wanted) || issuer.basicConstraints?.ca === true);
}

/** The checks that the operator waives. */
export interface Waivers {
  readonly allowIdentityChange: boolean;
  readonly allowOlder: boolean;
  /**
   * The purposes that it must have, instead of those of the active pair; OBJECT IDENTIFIERs in dotted form.
   */
  readonly purposes?: readonly string[] | undefined;
}

/**
 * Checks that a pair may replace the active one: at least the same identity and purposes, and not an older
 * certificate.
 *
 * The active identity comes from the certificate alone, even if its key is missing, unreadable or does not
 * match. Purposes and age count only if the active pair is usable: an older pair may repair a broken one.
 *
 * @throws IdentityChangedError, PurposeLostError, OlderThanActiveError
 */
export function requireSuccessor(pair: LoadedPair, active: ActivePair, waivers: Waivers): void {
  const leaf = readableLeaf(active);
  if (leaf !== undefined && !waivers.allowIdentityChange) requireIdentity(pair, leaf);
  const loaded = servedPair(active);
  if (loaded === undefined) return;
  if (waivers.purposes === undefined) requirePurposesOf(loaded, pair);
  if (!waivers.allowOlder && isOlder(pair.leaf, loaded.leaf)) {
    throw new OlderThanActiveError(
      pair.files.certificate,
      pair.leaf.notBefore,
      loaded.leaf.notBefore,
    );
  }
}

function requirePurposesOf(active: LoadedPair, pair: LoadedPair): void {
  const lost = lostPurposes([active.leaf, ...active.chain], [pair.leaf, ...pair.chain]);
  if (lost.length > 0) throw new PurposeLostError(pair.files.certificate, lost);
}

/**
 * Whether a certificate was issued before another and does not expire later. Not every issuer uses its clock
 * for notBefore: some backdate it by an hour or a day, and not always by the same amount. For certificates
 * that live less than two days, the tolerance is half of their life instead of a day.
 */
function isOlder(next: Certificate, active: Certificate): boolean {
  const tolerance = Math.min(day, lifeOf(active) / 2);
  return next.notBefore.getTime() < active.notBefore.getTime() - tolerance &&
    next.notAfter <= active.notAfter;
}

/**
 * Checks that a pair has this identity, or more names.
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
