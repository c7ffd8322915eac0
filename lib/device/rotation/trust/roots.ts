/** Which roots may be added to a trust bundle (RFC 4210 4.4, RFC 7030 4.1.3). */
import {
  type Certificate,
  extensionOid,
  fingerprint,
  formatName,
  isIssuedByOneOf,
  isSameEntity,
  isSelfIssued,
  isSignedBy,
  isValidAt,
  mayIssueCertificates,
} from "../../../x509/mod.ts";
import type { NamedRoot, RefusalReason, RefusedRoot } from "./errors.ts";

/** The most certificates of a trust bundle. */
export const bundleLimit = 32;

/** A root, or another trust anchor, with its name. */
export interface Root extends NamedRoot {
  readonly certificate: Certificate;
}

/** Names a certificate. */
export async function toRoot(certificate: Certificate): Promise<Root> {
  const { subject } = certificate;
  return { certificate, fingerprint: await fingerprint(certificate), subject: formatName(subject) };
}

/** Names certificates, each once. */
export async function toRoots(certificates: readonly Certificate[]): Promise<readonly Root[]> {
  const found = new Map<string, Root>();
  for (const certificate of certificates) {
    const root = await toRoot(certificate);
    if (!found.has(root.fingerprint)) found.set(root.fingerprint, root);
  }
  return [...found.values()];
}

/** What the source of a trust bundle has, and what is known. */
interface RootMaterial {
  readonly trusted: readonly Root[];
  /** Everything that the source has: roots, intermediates, and cross-certificates. */
  readonly served: readonly Root[];
  /** Fingerprints of roots that were removed. */
  readonly removed: readonly string[];
  /** The fingerprint of a root that a person accepts. */
  readonly accepted: string | undefined;
  readonly now: Date;
}

/** Which roots of the source are added, and which are not. */
export interface JudgedRoots {
  readonly added: readonly Root[];
  readonly refused: readonly RefusedRoot[];
}

/**
 * Judges the roots of a source that are not trusted yet. One is added if a trusted root that is valid now has
 * certified its key (NewWithOld), or if a person accepts it. Control of the source alone is not enough to add
 * one.
 */
export async function judgeRoots(
  { trusted, served, removed, accepted, now }: RootMaterial,
): Promise<JudgedRoots> {
  const known = new Set(trusted.map(({ fingerprint }) => fingerprint));
  const refused: RefusedRoot[] = [];
  let open: Root[] = [];
  for (const root of served) {
    if (known.has(root.fingerprint) || !isSelfIssued(root.certificate)) continue;
    const isAccepted = root.fingerprint === accepted;
    const reason = await faultOf(root.certificate, now) ??
      (removed.includes(root.fingerprint) && !isAccepted ? "removed" : undefined);
    if (reason === undefined) open.push(root);
    else refused.push(toRefused(root, reason));
  }
  const added: Root[] = [];
  const add = (root: Root): void => {
    if (trusted.length + added.length < bundleLimit) added.push(root);
    else refused.push(toRefused(root, "too-many"));
  };
  for (const root of open) if (root.fingerprint === accepted) add(root);
  open = open.filter((root) => root.fingerprint !== accepted);
  // One that was added may certify the next: each certificate is asked about each root only once.
  let issuers: readonly Root[] = [...trusted, ...added];
  while (issuers.length > 0 && open.length > 0) {
    const before = added.length;
    const certified = await certifiedBy(issuers, served, now);
    for (const root of open) if (certified.some((cross) => isOfSameKey(cross, root))) add(root);
    open = open.filter((root) => !certified.some((cross) => isOfSameKey(cross, root)));
    issuers = added.slice(before);
  }
  return { added, refused: [...refused, ...open.map((root) => toRefused(root, "not-certified"))] };
}

/** Those of the served certificates of CAs that a key of these roots has signed. */
async function certifiedBy(
  issuers: readonly Root[],
  served: readonly Root[],
  now: Date,
): Promise<readonly Root[]> {
  const usable = issuers.map(({ certificate }) => certificate)
    .filter((certificate) => mayCertify(certificate, now));
  const found: Root[] = [];
  for (const cross of served) {
    const { certificate } = cross;
    if (!mayCertify(certificate, now)) continue;
    if (await isIssuedByOneOf(certificate, usable)) found.push(cross);
  }
  return found;
}

function isOfSameKey({ certificate: cross }: Root, { certificate: root }: Root): boolean {
  return isSameEntity(cross, root);
}

/** Version 1 has no extensions that could say so. */
function isAuthority(certificate: Certificate): boolean {
  return certificate.version === 3 && mayIssueCertificates(certificate);
}

/**
 * Whether a certificate counts as, or for, the certification of another root. One with constraints does not:
 * the other root would be trusted without them.
 */
function mayCertify(certificate: Certificate, now: Date): boolean {
  const { unknownCriticalExtensions, extensions } = certificate;
  return isAuthority(certificate) && isValidAt(certificate, now) &&
    unknownCriticalExtensions.length === 0 &&
    !extensions.some(({ oid }) => oid === extensionOid.nameConstraints);
}

async function faultOf(certificate: Certificate, now: Date): Promise<RefusalReason | undefined> {
  if (!isAuthority(certificate) || !await isSignedBy(certificate, certificate)) return "not-a-ca";
  if (isValidAt(certificate, now)) return undefined;
  return now < certificate.notBefore ? "not-yet-valid" : "expired";
}

function toRefused({ fingerprint, subject }: Root, reason: RefusalReason): RefusedRoot {
  return { fingerprint, subject, reason };
}
