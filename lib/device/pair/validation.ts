/** What is asked of a pair before it is made the active one. Each refusal has an error of its own. */
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
import { type ActivePair, readableLeaf } from "./active_pair.ts";
import { chainOrderError, concerning, type LoadedPair } from "./read_pair.ts";

/**
 * A certificate that expires within this time is not worth the swap: an hour, or a tenth of its life if that
 * is less. Who asks for certificates that live for an hour means it.
 *
 * @returns milliseconds.
 */
const leastRemaining = (certificate: Certificate): number =>
  Math.min(hour, lifeOf(certificate) / 10);

/** In milliseconds. */
const lifeOf = ({ notBefore, notAfter }: Certificate): number =>
  notAfter.getTime() - notBefore.getTime();

/** What a pair that was active before is held against. */
interface Circumstances {
  readonly now: Date;
  /** The chain has to lead to one of them. `undefined`: whether anybody trusts it is not looked at. */
  readonly anchors: readonly Certificate[] | undefined;
}

/** What a new pair is held against. */
interface Demands extends Circumstances {
  /**
   * OBJECT IDENTIFIERs in dots of what it must be usable for; `undefined`: as a TLS server or a TLS client.
   */
  readonly purposes: readonly string[] | undefined;
  /** Whether the certificate may be a CA's: self-signed ones often say CA:TRUE. */
  readonly allowCa?: boolean | undefined;
}

/**
 * Insists that a new pair can be used by itself: in time, a leaf, understood, its chain verified as it will
 * be served, good for its purposes, and trusted if anchors are given.
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
  // RFC 5280 4.2.1.9: cA says whether the key may verify certificates. Version 1 has no such word.
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
 * Insists that a pair which was active before can be that again. Only what time and trust may have changed
 * since is asked: what the services have worked with is what is gone back to.
 *
 * @throws CertificateExpiredError, CertificateExpiresSoonError, CertificateNotYetValidError
 * @throws UnusableFileError for a chain with a certificate out of time, or that does not lead to an anchor.
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
    // By their names they may be in order as they are: then one of them is only named like the issuer.
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

/** By its name; and where that is the certificate's own name, too, by being a CA (RFC 5280 4.2.1.9). */
function isIssuer(issuer: Certificate, { subject, issuer: wanted }: Certificate): boolean {
  return namesEqual(wanted, issuer.subject) &&
    (!namesEqual(subject, wanted) || issuer.basicConstraints?.ca === true);
}

/** What the operator waives. */
export interface Waivers {
  readonly allowIdentityChange: boolean;
  readonly allowOlder: boolean;
  /** What it must be usable for, in the place of what the active pair is; OBJECT IDENTIFIERs in dots. */
  readonly purposes?: readonly string[] | undefined;
}

/**
 * Insists that a pair may follow the active one: for the same identity or more, for the same purposes or
 * more, and not an earlier certificate.
 *
 * Whom the active pair is for, its certificate alone says: a key that is missing, unreadable or another one's
 * changes nothing about it. Its purposes and its age count only if the pair is sound: what mends a broken one
 * may be older.
 *
 * @throws IdentityChangedError, PurposeLostError, OlderThanActiveError
 */
export function requireSuccessor(pair: LoadedPair, active: ActivePair, waivers: Waivers): void {
  const leaf = readableLeaf(active);
  if (leaf !== undefined && !waivers.allowIdentityChange) requireIdentity(pair, leaf);
  if (active.condition !== "sound") return;
  const { loaded } = active;
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
 * Whether a certificate was issued before another, and does not last longer. Not every issuer takes its clock
 * for notBefore: some date it back by an hour or a day, and not by the same every time. Where a certificate
 * lives for less than two days, half of its life is what is let pass: a day would let any of them pass.
 */
function isOlder(next: Certificate, active: Certificate): boolean {
  const tolerance = Math.min(day, lifeOf(active) / 2);
  return next.notBefore.getTime() < active.notBefore.getTime() - tolerance &&
    next.notAfter <= active.notAfter;
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
