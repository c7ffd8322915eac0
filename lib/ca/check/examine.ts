/** Cross-checks everything that a CA stores: root, key, index, certificates, CRL and counters. */
import { CertswapError, formatTime } from "../../system/mod.ts";
import {
  type Crl,
  type CrlEntry,
  formatSerial,
  highestSerial,
  isValidAt,
  type KeySource,
  parseSerial,
} from "../../x509/mod.ts";
import {
  expiryOfCrl,
  type NumberedCrl,
  ownSerial,
  proveKey,
  readLastCrl,
  readRoot,
  type Root,
  usualValidity,
} from "../issue/mod.ts";
import { type AskPassphrase, NoPassphraseError, WrongPassphraseError } from "../key/mod.ts";
import { crossProfile } from "../hierarchy/mod.ts";
import type { Replay } from "../history/mod.ts";
import type { CaSettings } from "../settings/mod.ts";
import {
  type CertificateRecord,
  type Finding,
  type KeptCertificates,
  orBadFile,
  type StoreInspection,
  type StoreReader,
} from "../store/mod.ts";
import { hasLeft } from "../crl/mod.ts";
import { examineCopies, examineShards } from "./examine_copies.ts";
import { examineCertificates } from "./examine_certificates.ts";
import { examineHistory, readHistory, withoutContradicted } from "./examine_history.ts";
import { examineHierarchy } from "./examine_hierarchy.ts";
import { examineField, type Field, type FieldFindings, ownCrlOf } from "./field.ts";

/** Options of {@linkcode examine}. */
interface ExamineOptions {
  /** Reads the settings of the CA. */
  readonly settings: () => Promise<CaSettings>;
  readonly now: Date;
  readonly keys: KeySource;
  readonly passphrase: AskPassphrase;
  /** Called with the number of certificates checked so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** What was seen elsewhere. */
  readonly field?: Field | undefined;
}

/** Reads a complete store and returns everything that is wrong or worth knowing. */
export async function examine(store: StoreReader, options: ExamineOptions): Promise<Finding[]> {
  const { now, keys, passphrase, onProgress } = options;
  const inspection = await store.inspect();
  const findings: Finding[] = [...await inspection.keeping()];
  const nameOf = (part: Parameters<StoreReader["nameOf"]>[0]): string => store.nameOf(part).inStore;
  const readPart = <T>(name: string, read: () => Promise<T>): Promise<T | undefined> =>
    orBadFile({ findings, name }, read);
  const add = (found: readonly (Finding | undefined)[]): void => {
    for (const finding of found) if (finding !== undefined) findings.push(finding);
  };

  const settings = await readPart("ca.toml", options.settings);
  const isRandom = settings?.serial === "random";
  const field = fieldOf(options, isRandom);
  const root = await readPart(nameOf("root"), () => readRoot(store));
  if (root !== undefined) {
    if (await inspection.hasKey()) add([await examineKey({ store, keys, passphrase }, root)]);
    else findings.push({ code: "no-key" });
  }
  if (root !== undefined) add(await examineHierarchy(store, { root, now, findings }));
  const records = await readPart(nameOf("index"), () => readRecords(store));
  const kept = await readPart(nameOf("certificates"), () => inspection.certificates());
  const crl = root && await readPart(nameOf("crl"), () => readLastCrl(store, root));
  const details = await readPart(nameOf("details"), () => inspection.details());
  // A cross-certificate lives as long as a root does.
  const leaves = records?.filter(({ serial }) => details?.get(serial)?.profile !== crossProfile);
  if (root !== undefined) add([examineExpiry(root, { records: leaves ?? [], now })]);
  const history = await readPart(nameOf("history"), () => readHistory(store));
  const replay = history?.replay;
  // A history that was changed tells no more what is certain.
  const isTold = history?.broken.length === 0;
  const fieldCrl = root && field && await ownCrlOf(field, root);
  let seen: FieldFindings["seen"] = [];
  if (root && records && kept) {
    const isRevocationKnown = crl !== undefined || await hasNeverHadCrl(inspection);
    const material = {
      root,
      records,
      kept,
      details,
      replay,
      isRevocationKnown,
      isTold,
      onProgress,
    };
    add(await examineCertificates(store, material));
    if (field !== undefined) {
      const crls = [crl, fieldCrl?.crl].filter((known) => known !== undefined);
      const compared = await examineField(field, { store, root, records, kept, crls });
      add(compared.findings);
      seen = compared.seen;
    }
  }
  if (records) {
    // A certificate without an index entry may be listed in the CRL.
    const lost = findings.flatMap((finding) =>
      finding.code === "missing-entry" || finding.code === "unknown-certificate"
        ? [finding.patch]
        : []
    );
    const all = [...records, ...lost];
    if (crl) add(examineCrl(crl, { records: all, now }));
    if (fieldCrl && isNewer(fieldCrl.crl, crl)) add(examineListings(fieldCrl.crl, all));
  }
  if (isRandom && options.field?.highestSerial !== undefined) add([{ code: "random-serials" }]);
  const hasCrl = await inspection.hasCrl();
  if (!hasCrl) add([{ code: "no-crl" }]);
  const hasFailed = crl === undefined && hasCrl;
  if (root && !hasFailed) {
    const isPublished = settings?.crl.publish !== undefined;
    await readPart(
      nameOf("derCrl"),
      async () => add(await examineCopies(store, { root, crl, isPublished })),
    );
    await readPart(
      nameOf("shards"),
      async () => add(await examineShards(store, { root, crl })),
    );
  }
  if (history) {
    const material = { history, root, records, kept, details, crl, findings };
    add(await examineHistory(store, material));
  }
  const numbers = { store, inspection };
  // Random numbers do not come from the counter. It is left alone.
  const isCounted = settings?.serial === "sequential";
  add([
    isCounted
      ? await readPart(
        nameOf("serial"),
        () => examineSerial(numbers, { root, records, kept, replay, seen }),
      )
      : undefined,
    await readPart(nameOf("crlNumber"), () => examineCrlNumber(numbers, { crl, replay, fieldCrl })),
  ]);
  return withoutContradicted(findings);
}

/** What was seen elsewhere. The highest of random serial numbers says nothing. */
function fieldOf({ field }: ExamineOptions, isRandom: boolean): Field | undefined {
  return field && isRandom ? { ...field, highestSerial: undefined } : field;
}

function isNewer(fieldCrl: NumberedCrl, crl: NumberedCrl | undefined): boolean {
  return crl === undefined || fieldCrl.number > crl.number;
}

/**
 * Whether no CRL was ever issued. A CRL that is lost or unreadable may have listed any certificate. One
 * without an index entry must not become active because of that.
 */
async function hasNeverHadCrl(inspection: StoreInspection): Promise<boolean> {
  if (await inspection.hasCrl()) return false;
  try {
    return await inspection.nextCrlNumber() === 1n;
  } catch (error) {
    // Reported when the counter itself is checked.
    if (error instanceof CertswapError) return false;
    throw error;
  }
}

/**
 * Reports a key that is not the root's, or that cannot be checked without its passphrase.
 *
 * @throws WrongPassphraseError
 */
async function examineKey(
  place: Parameters<typeof proveKey>[0],
  root: Root,
): Promise<Finding | undefined> {
  const name = place.store.nameOf("key").inStore;
  try {
    await proveKey(place, root);
    return undefined;
  } catch (error) {
    if (error instanceof NoPassphraseError) return { code: "key-not-checked", name };
    const isFinding = error instanceof CertswapError && !(error instanceof WrongPassphraseError);
    if (!isFinding) throw error;
    return { code: "bad-file", name, error };
  }
}

async function readRecords(store: StoreReader): Promise<readonly CertificateRecord[]> {
  const records: CertificateRecord[] = [];
  for await (const page of store.pages()) {
    for (const record of page) records.push(record);
  }
  return records;
}

/** Reports a root that is not yet valid, has expired, or that expires before new certificates would. */
function examineExpiry(
  { certificate }: Root,
  { records, now }: { readonly records: readonly CertificateRecord[]; readonly now: Date },
): Finding | undefined {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return { code: "root-not-yet-valid", notBefore, now };
  if (!isValidAt(certificate, now)) return { code: "root-expired", notAfter };
  const longest = longestValidity(records, now);
  const left = notAfter.getTime() - now.getTime();
  return left < longest ? { code: "root-expires", notAfter, left, longest } : undefined;
}

/**
 * The validity of the CA's certificates in milliseconds: the longest of those in use, but at least the
 * default validity.
 */
function longestValidity(records: readonly CertificateRecord[], now: Date): number {
  return records.reduce((longest, { status, notBefore, notAfter }) => {
    const end = Date.parse(notAfter);
    const isInUse = status === "active" && end >= now.getTime();
    return isInUse ? Math.max(longest, end - Date.parse(notBefore)) : longest;
  }, usualValidity);
}

/** Where the counters are, and the names of the places that use numbers. */
interface Numbers {
  readonly store: StoreReader;
  readonly inspection: StoreInspection;
}

/** The places that use serial numbers; `undefined` if one could not be read. */
interface SerialsInUse {
  readonly root: Root | undefined;
  readonly records: readonly CertificateRecord[] | undefined;
  readonly kept: KeptCertificates | undefined;
  readonly replay: Replay | undefined;
  readonly seen: FieldFindings["seen"];
}

/** Compares the next serial number with all serial numbers in use. */
async function examineSerial(
  { store, inspection }: Numbers,
  { root, records, kept, replay, seen }: SerialsInUse,
): Promise<Finding | undefined> {
  const nameOf = (part: "root" | "index" | "serial" | "history"): string =>
    store.nameOf(part).inStore;
  return examineCounter(await inspection.nextSerial(), {
    name: nameOf("serial"),
    places: [
      { usedIn: nameOf("index"), used: highestSerial(records?.map(({ serial }) => serial) ?? []) },
      { usedIn: kept?.place ?? "", used: highestSerial(kept?.serials ?? []) },
      { usedIn: nameOf("root"), used: serialOf(root) },
      { usedIn: nameOf("history"), used: replay?.highestSerial },
      ...seen,
    ],
    // The next free number is certain only if every place could be read.
    isSure: root !== undefined && records !== undefined && kept !== undefined,
  });
}

/** The serial number of a root. That of an intermediate is one of its issuer's. */
function serialOf(root: Root | undefined): string | undefined {
  const serial = root && ownSerial(root);
  return serial === undefined ? undefined : formatSerial(serial);
}

/** CRLs of this CA. */
interface CrlsInUse {
  /** The last one; `undefined` if there is no trustworthy CRL. */
  readonly crl: NumberedCrl | undefined;
  readonly replay: Replay | undefined;
  /** One that was seen elsewhere. */
  readonly fieldCrl: { readonly file: string; readonly crl: NumberedCrl } | undefined;
}

/** Compares the next CRL number with the last CRL. */
async function examineCrlNumber(
  { store, inspection }: Numbers,
  { crl, replay, fieldCrl }: CrlsInUse,
): Promise<Finding | undefined> {
  return examineCounter(await inspection.nextCrlNumber(), {
    name: store.nameOf("crlNumber").inStore,
    places: [
      { usedIn: store.nameOf("crl").inStore, used: crl && formatSerial(crl.number) },
      { usedIn: fieldCrl?.file ?? "", used: fieldCrl && formatSerial(fieldCrl.crl.number) },
      {
        usedIn: store.nameOf("history").inStore,
        used: replay?.highestCrl === undefined ? undefined : formatSerial(replay.highestCrl),
      },
    ],
    isSure: crl !== undefined,
  });
}

interface CounterMaterial {
  readonly name: string;
  readonly places: readonly { readonly usedIn: string; readonly used: string | undefined }[];
  readonly isSure: boolean;
}

function examineCounter(
  value: bigint | undefined,
  { name, places, isSure }: CounterMaterial,
): Finding | undefined {
  const numbers = places.map((place) => place.used).filter((serial) => serial !== undefined);
  const used = highestSerial(numbers);
  const next = (parseSerial(used ?? "") ?? 0n) + 1n;
  if (value === undefined) return { code: "bad-counter", name, next: isSure ? next : undefined };
  if (used === undefined || value >= next) return undefined;
  const usedIn = places.find((place) => place.used === used)?.usedIn ?? "";
  return { code: "counter-behind", name, value: formatSerial(value), used, usedIn, next };
}

interface CrlMaterial {
  readonly records: readonly CertificateRecord[];
  readonly now: Date;
}

/**
 * Compares the last CRL with the index: it must list exactly what was revoked when it was issued, except what
 * left the list because it had expired.
 */
function examineCrl(crl: Crl, { records, now }: CrlMaterial): Finding[] {
  const findings = examineListings(crl, records);
  const listed = crl.entries.index();
  const unlisted = records.filter((record) =>
    record.status === "revoked" && !listed.has(record.serial) && !hasLeft(record, crl)
  );
  // Within the same second, the order is unknown.
  const thisUpdate = formatTime(crl.thisUpdate);
  for (const { serial, revokedAt } of unlisted) {
    if (revokedAt < thisUpdate) findings.push({ code: "wrong-crl", serial, reason: "missing" });
  }
  const since = unlisted.filter(({ revokedAt }) => revokedAt >= thisUpdate);
  if (since.length > 0) {
    findings.push({ code: "revoked-since", serials: since.map(({ serial }) => serial) });
  }
  if (crl.hasRepeatedAuthorityKeyIdentifier) findings.push({ code: "crl-repeated-extension" });
  const nextUpdate = expiryOfCrl(crl, now);
  if (nextUpdate !== undefined) findings.push({ code: "stale-crl", nextUpdate });
  return findings;
}

/** Compares each revocation that a CRL lists with the index. */
function examineListings(crl: Crl, records: readonly CertificateRecord[]): Finding[] {
  const known = new Map(records.map((record) => [record.serial, record]));
  const findings: Finding[] = [];
  for (const listing of crl.entries) {
    const serial = formatSerial(listing.serial);
    const found = examineListing(serial, { listing, record: known.get(serial) });
    if (found !== undefined) findings.push(found);
  }
  return findings;
}

interface Listing {
  readonly listing: CrlEntry;
  readonly record: CertificateRecord | undefined;
}

function examineListing(serial: string, { listing, record }: Listing): Finding | undefined {
  if (record === undefined) return { code: "unknown-revoked", serial };
  const patch = {
    serial,
    status: "revoked",
    revokedAt: formatTime(listing.revokedAt),
    revocationReason: listing.reason ?? "unspecified",
  } as const;
  if (record.status === "active") return { code: "not-revoked", serial, patch };
  const isSame = record.revokedAt === patch.revokedAt &&
    record.revocationReason === listing.reason;
  return isSame ? undefined : { code: "wrong-crl", serial, reason: "differs" };
}
