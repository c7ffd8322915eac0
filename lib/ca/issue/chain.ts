/** The certificates above a CA: what is delivered with its leaves, and what they restrict. */
import { day, wrapError } from "../../system/mod.ts";
import {
  type Certificate,
  extensionOid,
  formatName,
  formatSerial,
  isSameEntity,
  isSelfIssued,
  isValidAt,
  readCertificateFile,
} from "../../x509/mod.ts";
import { BadCaFileError, CaExpiresWarning, PathLengthExhaustedError } from "../errors.ts";
import type { StoreReader } from "../store/mod.ts";
import { placeOf, type Root } from "./authority.ts";

/** A CA's own certificate, and those above it. */
export interface Hierarchy {
  readonly root: Root;
  /** Nearest first, the root last; empty for a root, or if they are not known. */
  readonly above: readonly Certificate[];
  /** Other CAs' certificates that clients get with those of this one; none if they are not known. */
  readonly bundle?: readonly Certificate[];
}

/**
 * Reads the certificates above a CA. {@linkcode Hierarchy.above} is empty if the file is missing, which
 * `ca check` reports.
 *
 * @throws BadCaFileError if the file cannot be read as certificates.
 */
export async function readHierarchy(store: StoreReader, root: Root): Promise<Hierarchy> {
  const bundle = await readCertificates(store, "bundle");
  if (isSelfIssued(root.certificate)) return { root, above: [], bundle };
  return { root, above: await readCertificates(store, "chain"), bundle };
}

/**
 * Reads the certificates of a part of the store.
 *
 * @returns an empty list if there is no such part.
 * @throws BadCaFileError
 */
export async function readCertificates(
  store: StoreReader,
  part: "chain" | "previous" | "bundle",
): Promise<readonly Certificate[]> {
  const content = await store[part]();
  if (content === undefined) return [];
  return wrapError(
    () => {
      const { leaf, chain } = readCertificateFile(content);
      return [leaf, ...chain];
    },
    (cause) => new BadCaFileError(store.nameOf(part).absolute, "not-a-certificate", { cause }),
  );
}

/** How many older certificates of a CA are kept at most. */
const previousLimit = 15;

/**
 * The older certificates of a CA to keep when it gets a newer one, newest first: the current one, and those
 * before it that are still valid.
 */
export async function previousWith(
  store: StoreReader,
  { current, now }: { readonly current: Certificate; readonly now: Date },
): Promise<readonly Certificate[]> {
  const older = (await readCertificates(store, "previous")).filter((one) => isValidAt(one, now));
  return [current, ...older].slice(0, previousLimit);
}

/**
 * The serial number of a root, which is one of its own; `undefined` for an intermediate, whose number is one
 * of its issuer's.
 */
export function ownSerial({ certificate }: Root): bigint | undefined {
  return isSelfIssued(certificate) ? certificate.serial : undefined;
}

/** Like {@linkcode ownSerial}, in the serial form. */
export function ownSerialNumber(root: Root): string | undefined {
  const serial = ownSerial(root);
  return serial === undefined ? undefined : formatSerial(serial);
}

/**
 * The certificates to deliver after a leaf: the CA's own and those above it, without the root, which clients
 * have (RFC 5246 7.4.2); and what another CA has certified the topmost of them with, for clients that trust
 * only that other one.
 */
export function servedWithLeaf(hierarchy: Hierarchy): readonly Certificate[] {
  const { root, above } = hierarchy;
  const all = [root.certificate, ...above, ...crossCertificatesOf(hierarchy)];
  return all.filter((certificate) => !isSelfIssued(certificate));
}

/** The certificates that other CAs have issued for the topmost CA. */
function crossCertificatesOf({ root, above, bundle = [] }: Hierarchy): readonly Certificate[] {
  const topmost = above.at(-1) ?? root.certificate;
  return bundle.filter((one) => isSameEntity(one, topmost));
}

/**
 * How many CAs may follow below this one, according to its path length and to those of the CAs above it (RFC
 * 5280 4.2.1.9).
 *
 * @returns `undefined`: any number.
 */
function authoritiesAllowedBelow({ root, above }: Hierarchy): number | undefined {
  let allowed: number | undefined;
  let between = 0;
  for (const certificate of [root.certificate, ...above]) {
    const limit = certificate.basicConstraints?.pathLength;
    if (limit !== undefined) allowed = Math.min(allowed ?? limit, limit - between);
    if (!isSelfIssued(certificate)) between++;
  }
  return allowed;
}

/**
 * The path length of a new CA below this one: what is asked for, but no more than the CAs above leave.
 *
 * @param asked `undefined`: no limit.
 * @throws PathLengthExhaustedError if there may be no CA below this one.
 */
export function pathLengthBelow(
  hierarchy: Hierarchy,
  asked: number | undefined,
): number | undefined {
  const allowed = authoritiesAllowedBelow(hierarchy);
  if (allowed === undefined) return asked;
  if (allowed < 1) {
    throw new PathLengthExhaustedError(formatName(hierarchy.root.certificate.subject));
  }
  return Math.min(asked ?? allowed - 1, allowed - 1);
}

/** The CAs that restrict which names may be certified (RFC 5280 4.2.1.10). */
export function constrainingAuthorities({ root, above }: Hierarchy): readonly Certificate[] {
  return [root.certificate, ...above].filter(({ extensions }) =>
    extensions.some(({ oid }) => oid === extensionOid.nameConstraints)
  );
}

/** How long before the end of a CA certificate to warn, in milliseconds: peers have to get a newer one. */
export const endingSoon = 365 * day;

/** The certificate of a CA, or above it, that ends first. */
function firstToEnd({ root, above }: Hierarchy): Certificate {
  return above.reduce(
    (first, next) => next.notAfter < first.notAfter ? next : first,
    root.certificate,
  );
}

/** A warning if the CA's certificate, or one above it, ends within a year. */
export function warnOfEnd(hierarchy: Hierarchy, now: Date): CaExpiresWarning | undefined {
  const { root } = hierarchy;
  const first = firstToEnd(hierarchy);
  const { subject, notAfter } = first;
  const left = notAfter.getTime() - now.getTime();
  if (left >= endingSoon) return undefined;
  const place = first === root.certificate ? placeOf(root) : "above";
  return new CaExpiresWarning(formatName(subject), notAfter, { left, place });
}
