/** `ca bundle`: certificates of other CAs that clients get with those of this one. */
import { sha256Hex, type System } from "../../system/mod.ts";
import {
  type Certificate,
  certificatesEqual,
  formatName,
  isSignedBy,
  isValidAt,
  mayIssueCertificates,
  namesEqual,
} from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, findCa } from "../ca.ts";
import { readCertificatesAt } from "../hierarchy/mod.ts";
import { type Hierarchy, readHierarchy, readRoot } from "../issue/mod.ts";
import { type CaLocation, openStore, type StoreChange } from "../store/mod.ts";
import { BundleRefusedError, UnknownBundleEntryError } from "./errors.ts";

/** The most certificates in a bundle: every client reads all of them. */
const bundleLimit = 16;

/** A certificate in a bundle. */
export interface BundleEntry {
  /** The first 16 digits of its SHA-256. */
  readonly id: string;
  /** SHA-256 of its DER, lowercase hexadecimal. */
  readonly sha256: string;
  /** RFC 4514, escaped. `issuer` likewise. */
  readonly subject: string;
  readonly issuer: string;
  readonly notAfter: Date;
}

/** Report of a change of a bundle. */
export interface BundleReport extends ChangeReport {
  /** Those that were added or removed. */
  readonly changed: readonly BundleEntry[];
  /** How many the bundle has now. */
  readonly total: number;
}

/** The certificates in the bundle of a CA, in the order in which they were added. */
export async function listBundle(
  system: System,
  location: CaLocation,
): Promise<readonly BundleEntry[]> {
  const store = await findCa(system, location);
  const { bundle = [] } = await readHierarchy(store, await readRoot(store));
  return await Promise.all(bundle.map(toEntry));
}

/**
 * Adds certificates of other CAs to what clients get. Those that are there already stay.
 *
 * @throws BundleRefusedError, CertificateUnreadableError, and the errors of a change.
 */
export async function addToBundle(
  system: System,
  { file, ...options }: CaOptions & { readonly file: string },
): Promise<BundleReport> {
  const given = await readCertificatesAt(system, file);
  return await changeBundle(system, options, async (hierarchy) => {
    const { root, above, bundle = [] } = hierarchy;
    const known = [root.certificate, ...above, ...bundle];
    const added: Certificate[] = [];
    for (const certificate of given) {
      if ([...known, ...added].some((one) => certificatesEqual(one, certificate))) continue;
      const issuers = [...known, ...given];
      await requireGood(certificate, { file, issuers, now: system.clock.now() });
      added.push(certificate);
    }
    const all = [...bundle, ...added];
    const [first] = added;
    if (first !== undefined && all.length > bundleLimit) {
      throw new BundleRefusedError(file, formatName(first.subject), "too-many");
    }
    return { all, added, removed: [] };
  });
}

/**
 * Removes a certificate from the bundle.
 *
 * @param id the first digits of its SHA-256, at least 8.
 * @throws UnknownBundleEntryError, and the errors of a change.
 */
export async function removeFromBundle(
  system: System,
  { id, ...options }: CaOptions & { readonly id: string },
): Promise<BundleReport> {
  return await changeBundle(system, options, async ({ bundle = [] }) => {
    const entries = await Promise.all(bundle.map(toEntry));
    if (!/^[0-9a-f]{8,64}$/i.test(id)) throw new UnknownBundleEntryError(id);
    const isIt = ({ sha256 }: BundleEntry): boolean => sha256.startsWith(id.toLowerCase());
    const index = entries.findIndex(isIt);
    const removed = bundle[index];
    if (removed === undefined || entries.filter(isIt).length > 1) {
      throw new UnknownBundleEntryError(id);
    }
    return { all: bundle.filter((one) => one !== removed), added: [], removed: [removed] };
  });
}

/** What a bundle becomes. */
interface NewBundle {
  readonly all: readonly Certificate[];
  readonly added: readonly Certificate[];
  readonly removed: readonly Certificate[];
}

async function changeBundle(
  system: System,
  options: CaOptions,
  decide: (hierarchy: Hierarchy) => Promise<NewBundle>,
): Promise<BundleReport> {
  const store = await openStore(system, options);
  const { value, recovery, warnings } = await store.change({
    lockTimeout: options.lockTimeout,
    async work(change) {
      const hierarchy = await readHierarchy(change, await readRoot(change));
      const next = await decide(hierarchy);
      return { changed: await replaceBundle(change, next), total: next.all.length };
    },
  });
  return { ...value, recovery, warnings };
}

/** @returns what was added and removed. */
async function replaceBundle(
  change: StoreChange,
  { all, added, removed }: NewBundle,
): Promise<readonly BundleEntry[]> {
  const changed = await Promise.all([...added, ...removed].map(toEntry));
  if (changed.length > 0) await change.replaceBundle(all.map(({ der }) => der));
  const kind = added.length > 0 ? "trust" : "distrust";
  for (const { subject, sha256: certificate } of changed) {
    change.note({ kind, subject, certificate });
  }
  return changed;
}

/**
 * Adds verified certificates to the bundle, as a part of a change. Those that clients already get are left
 * out.
 *
 * @param file where they come from. For errors.
 * @throws BundleRefusedError if there are too many.
 */
export async function addVerified(
  change: StoreChange,
  certificates: readonly Certificate[],
  file: string,
): Promise<void> {
  const { root, above, bundle = [] } = await readHierarchy(change, await readRoot(change));
  const known = [root.certificate, ...above, ...bundle];
  const added = certificates.filter((one) => !known.some((other) => certificatesEqual(one, other)));
  const all = [...bundle, ...added];
  const [first] = added;
  if (first !== undefined && all.length > bundleLimit) {
    throw new BundleRefusedError(file, formatName(first.subject), "too-many");
  }
  await replaceBundle(change, { all, added, removed: [] });
}

/** Removes certificates from the bundle, as a part of a change. @param fingerprints SHA-256, lowercase. */
export async function removeByFingerprint(
  change: StoreChange,
  fingerprints: readonly string[],
): Promise<void> {
  const { bundle = [] } = await readHierarchy(change, await readRoot(change));
  const entries = await Promise.all(bundle.map(toEntry));
  const removed = bundle.filter((_, index) => fingerprints.includes(entries[index]?.sha256 ?? ""));
  const all = bundle.filter((one) => !removed.includes(one));
  await replaceBundle(change, { all, added: [], removed });
}

/** @throws BundleRefusedError */
async function requireGood(
  certificate: Certificate,
  { file, issuers, now }: {
    readonly file: string;
    readonly issuers: readonly Certificate[];
    readonly now: Date;
  },
): Promise<void> {
  const refuse = (reason: BundleRefusedError["reason"]): never => {
    throw new BundleRefusedError(file, formatName(certificate.subject), reason);
  };
  if (!mayIssueCertificates(certificate)) refuse("not-a-ca");
  if (!isValidAt(certificate, now)) refuse("not-valid");
  const named = issuers.filter(({ subject }) => namesEqual(subject, certificate.issuer));
  if (named.length === 0) refuse("issuer-unknown");
  for (const one of named) if (await isSignedBy(certificate, one)) return;
  refuse("bad-signature");
}

async function toEntry({ der, subject, issuer, notAfter }: Certificate): Promise<BundleEntry> {
  const sha256 = await sha256Hex(der);
  return {
    id: sha256.slice(0, 16),
    sha256,
    subject: formatName(subject),
    issuer: formatName(issuer),
    notAfter,
  };
}
