/** What clients get of both CAs during a rollover: their certificates, and the cross-certificates. */
import type { System } from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  certificatesEqual,
  formatName,
  isSelfIssued,
  isSignedBy,
  isValidAt,
  mayIssueCertificates,
  namesEqual,
} from "../../x509/mod.ts";
import type { CaOptions } from "../ca.ts";
import { crossCertify, crossProfile, readCertificatesAt } from "../hierarchy/mod.ts";
import { type Hierarchy, readHierarchy, readRoot } from "../issue/mod.ts";
import {
  type CaStore,
  readStoredCertificate,
  type RecordFilter,
  type StoreReader,
} from "../store/mod.ts";
import { CrossCertificateMissingError } from "./errors.ts";
import type { Progress } from "./parties.ts";

/** One of the two CAs. */
export interface Party {
  readonly options: CaOptions;
  readonly store: CaStore;
  readonly hierarchy: Hierarchy;
}

/** Reads a CA for a rollover. */
export async function readParty(store: CaStore, options: CaOptions): Promise<Party> {
  return { options, store, hierarchy: await readHierarchy(store, await readRoot(store)) };
}

/** The topmost certificate of a CA: of its root. */
function topOf({ hierarchy: { root, above } }: Party): Certificate {
  return above.at(-1) ?? root.certificate;
}

/** What the two CAs give to clients, apart from what each of them has in its bundle already. */
export interface Exchange {
  readonly certificates: readonly Certificate[];
  /** Warnings that did not prevent it. */
  readonly warnings: readonly unknown[];
}

/** Terms of an exchange. */
interface ExchangeTerms {
  readonly old: Party;
  readonly next: Party;
  /** A file with cross-certificates that were issued elsewhere. */
  readonly crossFile: string | undefined;
  readonly progress: Progress;
}

/**
 * Collects the certificates of both CAs. If their roots differ, these certify each other: a root whose key is
 * here signs now, unless it has done so before; what others have to sign comes from the file.
 *
 * @throws CrossCertificateMissingError, CertificateUnreadableError, and the errors of `crossCertify`.
 */
export async function exchange(system: System, terms: ExchangeTerms): Promise<Exchange> {
  const { old, next, crossFile } = terms;
  const own = [old, next].flatMap(({ hierarchy: { root, above } }) => [root.certificate, ...above]);
  const [oldTop, nextTop] = [topOf(old), topOf(next)];
  if (isSameKey(oldTop, nextTop)) return { certificates: unique(own), warnings: [] };
  const given = crossFile === undefined ? [] : await readCertificatesAt(system, crossFile);
  const crosses: Certificate[] = [];
  const warnings: unknown[] = [];
  // Those of others first: nothing has changed if one is missing.
  const wanted = [
    { issuer: old, top: oldTop, subject: nextTop, of: next },
    { issuer: next, top: nextTop, subject: oldTop, of: old },
  ];
  const now = system.clock.now();
  for (const { issuer, top, subject } of wanted) {
    if (isSelfIssued(issuer.hierarchy.root.certificate)) continue;
    const found = await findCross(given, { subject, issuer: top, now });
    if (found === undefined) {
      throw new CrossCertificateMissingError({
        subject: formatName(subject.subject),
        issuer: formatName(top.subject),
        file: crossFile,
      });
    }
    crosses.push(found);
  }
  for (const { issuer, top, subject, of } of wanted) {
    if (!isSelfIssued(issuer.hierarchy.root.certificate)) continue;
    const known = await issuedCrosses(issuer.store, subject);
    const found = await findCross(known, { subject, issuer: top, now });
    if (found !== undefined) {
      crosses.push(found);
      continue;
    }
    const made = await crossCertify(system, {
      ...issuer.options,
      file: of.store.nameOf("root").absolute,
      certificate: subject,
      validity: undefined,
    });
    terms.progress.noteChange();
    warnings.push(...made.warnings);
    crosses.push(await readStoredCertificate(issuer.store, made.serial));
  }
  return { certificates: unique([...own, ...crosses]), warnings };
}

function unique(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter((one, index) =>
    certificates.findIndex((other) => certificatesEqual(one, other)) === index
  );
}

function isSameKey(a: Certificate, b: Certificate): boolean {
  return bytesEqual(a.subjectPublicKeyInfo.der, b.subjectPublicKeyInfo.der);
}

/** A certificate for the name and the key of one root, signed by the other. */
async function findCross(
  certificates: readonly Certificate[],
  { subject, issuer, now }: {
    readonly subject: Certificate;
    readonly issuer: Certificate;
    readonly now: Date;
  },
): Promise<Certificate | undefined> {
  for (const one of certificates) {
    const isFor = namesEqual(one.subject, subject.subject) && isSameKey(one, subject) &&
      namesEqual(one.issuer, issuer.subject);
    if (!isFor || !isValidAt(one, now) || !mayIssueCertificates(one)) continue;
    if (await isSignedBy(one, issuer)) return one;
  }
  return undefined;
}

/** The cross-certificates for a root that a CA has issued, and not revoked. */
export async function issuedCrosses(
  store: StoreReader,
  { subject, subjectPublicKeyInfo: { der: key } }: Pick<
    Certificate,
    "subject" | "subjectPublicKeyInfo"
  >,
): Promise<readonly Certificate[]> {
  const all = await activeCrosses(store, { subjects: new Set([formatName(subject)]) });
  return all.filter((one) => bytesEqual(one.subjectPublicKeyInfo.der, key));
}

/** The cross-certificates that a CA has issued, and not revoked. */
export async function activeCrosses(
  store: StoreReader,
  filter: Pick<RecordFilter, "subjects">,
): Promise<readonly Certificate[]> {
  const found: Certificate[] = [];
  const wanted = { ...filter, status: "active", mayHaveProfile: crossProfile } as const;
  for await (const page of store.describedPages(wanted)) {
    for (const { record, details } of page) {
      if (details?.profile !== crossProfile) continue;
      found.push(await readStoredCertificate(store, record.serial));
    }
  }
  return found;
}
