/** Reads everything that the CA of another program has, and checks that it belongs together. */
import {
  attempt,
  type FileSystem,
  formatTime,
  join,
  readGivenFile,
  wrapError,
} from "../../system/mod.ts";
import {
  type Bytes,
  type Certificate,
  certificateFileLimit,
  compareSerials,
  type Crl,
  crlFileLimit,
  formatSerial,
  highestSerial,
  isSerial,
  largestSerial,
  namesEqual,
  normalizeSerial,
  parseSerial,
  readCertificate,
  readCrl,
  readPem,
} from "../../x509/mod.ts";
import { describe } from "../identity/mod.ts";
import { isIssuedBy, mapConcurrently, requireCaCertificate, type Root } from "../issue/mod.ts";
import { type IssuedCertificate, recordOf, type Revoke } from "../store/mod.ts";
import { BadCaFileError } from "../errors.ts";
import { type DatabaseEntry, readDatabase } from "./database.ts";
import {
  BadImportedCrlError,
  DoubleSerialError,
  MissingCertificatesError,
  SerialsExhaustedError,
  UnusableSerialError,
} from "./errors.ts";
import type { SourcePlaces } from "./places.ts";

/** A certificate file of the source that is not imported. */
export interface IgnoredFile {
  readonly path: string;
  /** `own`: the CA's own certificate. */
  readonly reason: "not-a-certificate" | "other-issuer" | "own";
}

/** What a source has. */
export interface Gathered {
  readonly root: Root;
  /** In the order of issue, as far as it can be told: by serial number. */
  readonly certificates: readonly IssuedCertificate[];
  readonly ignored: readonly IgnoredFile[];
  /** The CRL, DER, if it can be kept as the last CRL of the new CA. */
  readonly crl: Bytes | undefined;
  /** The first numbers that were certainly never used. */
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
}

/** The size limit of an `index.txt`, in bytes: over a million certificates. */
const databaseLimit = 256 * 1024 * 1024;
/** The size limit of a counter file, in bytes. */
const counterLimit = 256;

/**
 * Reads a source, all but its key. Only reads.
 *
 * @throws BadCaFileError, BadDatabaseError, BadImportedCrlError
 * @throws DoubleSerialError, UnusableSerialError, MissingCertificatesError
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function gather(
  files: FileSystem,
  places: SourcePlaces,
  onProgress?: (done: number, total: number) => void,
): Promise<Gathered> {
  const root = await readAuthority(files, places.certificate);
  requireUsableSerial(root, places.certificate);
  const found = await findCertificates(files, places);
  const { certificates, ignored, paths } = await ownCertificates(found.certificates, {
    root,
    onProgress,
  });
  const entries = places.database === undefined ? [] : readDatabase(
    (await readGivenFile(files, places.database, databaseLimit)).content,
    places.database,
  );
  const crl = await readSourceCrl(files, places.crl, root);
  const revocations = revocationsIn(entries, crl?.crl);
  requireAll(certificates, [
    { namedIn: places.database ?? "", serials: entries.map(({ serial }) => serial) },
    {
      namedIn: places.crl ?? "",
      serials: (crl?.crl.entries ?? []).map(({ serial }) => formatSerial(serial)),
    },
  ]);
  const all = await mapConcurrently([...certificates.values()], async (certificate) => {
    const serial = formatSerial(certificate.serial);
    const importedFrom = paths.get(serial) ?? "";
    return await toIssued(certificate, revocations.get(serial), importedFrom);
  });
  const issued = all.sort((a, b) => compareSerials(a.record.serial, b.record.serial));
  return {
    root,
    certificates: issued,
    ignored: [...found.ignored, ...ignored],
    crl: crl && isFaithful(crl.crl, issued) ? crl.der : undefined,
    nextSerial: oneAbove([
      ...certificates.keys(),
      ...entries.map(({ serial }) => serial),
      ...revocations.keys(),
      formatSerial(root.certificate.serial),
      await previousNumber(files, places.serial),
    ]),
    nextCrlNumber: oneAbove([
      await previousNumber(files, places.crlNumber),
      crl?.crl.number === undefined ? undefined : formatSerial(crl.crl.number),
    ]),
  };
}

/** A serial number of the CA's own certificate that is below 1 could not be compared with the counter. */
function requireUsableSerial({ certificate: { serial } }: Root, path: string): void {
  if (serial < 0n) throw new UnusableSerialError(formatSerial(serial), path);
}

/** One more than the highest of some numbers in the serial form. */
function oneAbove(numbers: readonly (string | undefined)[]): bigint {
  const highest = highestSerial(numbers.filter((number) => number !== undefined));
  const next = (parseSerial(highest ?? "") ?? 0n) + 1n;
  if (next > largestSerial) throw new SerialsExhaustedError(highest ?? "");
  return next;
}

/** The number before the one in a counter file, in the serial form; `undefined` if there is none. */
async function previousNumber(
  files: FileSystem,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { content } = await readGivenFile(files, path, counterLimit);
  const next = parseSerial(normalizeSerial(new TextDecoder().decode(content).trim()) ?? "");
  return next === undefined || next <= 1n ? undefined : formatSerial(next - 1n);
}

/** The certificate of the CA: the first in its file. */
async function readAuthority(files: FileSystem, path: string): Promise<Root> {
  const { content } = await readGivenFile(files, path, certificateFileLimit);
  const [own] = certificatesIn(content);
  if (own === undefined) throw new BadCaFileError(path, "not-a-certificate");
  return requireCaCertificate(own, path);
}

interface FoundCertificate {
  readonly path: string;
  readonly certificate: Certificate;
}

/** Reads every file in the directories of certificates. */
async function findCertificates(
  files: FileSystem,
  { certificates: directories }: SourcePlaces,
): Promise<{
  readonly certificates: readonly FoundCertificate[];
  readonly ignored: readonly IgnoredFile[];
}> {
  const certificates: FoundCertificate[] = [];
  const ignored: IgnoredFile[] = [];
  for (const directory of directories) {
    for (const name of files.readDirectory(directory)) {
      const path = join(directory, name);
      if (files.stat(path).kind === "directory") continue;
      const found = certificatesIn(
        (await readGivenFile(files, path, certificateFileLimit)).content,
      );
      if (found.length === 0) ignored.push({ path, reason: "not-a-certificate" });
      for (const certificate of found) certificates.push({ path, certificate });
    }
  }
  return { certificates, ignored };
}

/** The certificates in a file: PEM, with or without text around it, or DER. Empty for any other file. */
function certificatesIn(content: Uint8Array): readonly Certificate[] {
  const blocks = attempt(() => readPem(content, { limit: certificateFileLimit }));
  if (blocks === undefined) {
    const certificate = attempt(() => readCertificate(content));
    return certificate === undefined ? [] : [certificate];
  }
  return blocks.filter(({ label }) => label === "CERTIFICATE").flatMap(({ der }) => {
    const certificate = attempt(() => readCertificate(der));
    return certificate === undefined ? [] : [certificate];
  });
}

interface OwnCertificates {
  /** By serial number. */
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly paths: ReadonlyMap<string, string>;
  readonly ignored: readonly IgnoredFile[];
}

/** Chooses those that the CA has issued. @throws DoubleSerialError, UnusableSerialError */
async function ownCertificates(
  found: readonly FoundCertificate[],
  { root, onProgress }: {
    readonly root: Root;
    readonly onProgress: ((done: number, total: number) => void) | undefined;
  },
): Promise<OwnCertificates> {
  const isOurs = await mapConcurrently(
    found,
    ({ certificate }) => isIssuedBy(root, certificate),
    (done) => onProgress?.(done, found.length),
  );
  const certificates = new Map<string, Certificate>();
  const paths = new Map<string, string>();
  const ignored: IgnoredFile[] = [];
  for (const [index, { path, certificate }] of found.entries()) {
    // A root has signed itself, and a renewed one has another certificate with the same key.
    if (isOwn(certificate, root)) {
      ignored.push({ path, reason: "own" });
      continue;
    }
    if (isOurs[index] !== true) {
      ignored.push({ path, reason: "other-issuer" });
      continue;
    }
    const serial = formatSerial(certificate.serial);
    if (!isSerial(serial)) throw new UnusableSerialError(serial, path);
    const before = certificates.get(serial);
    if (before !== undefined && before.der.toHex() !== certificate.der.toHex()) {
      throw new DoubleSerialError(serial, [paths.get(serial) ?? "", path]);
    }
    certificates.set(serial, certificate);
    if (before === undefined) paths.set(serial, path);
  }
  return { certificates, paths, ignored };
}

function isOwn(certificate: Certificate, { certificate: own }: Root): boolean {
  return namesEqual(certificate.subject, own.subject) &&
    certificate.subjectPublicKeyInfo.der.toHex() === own.subjectPublicKeyInfo.der.toHex();
}

interface SourceCrl {
  readonly der: Bytes;
  readonly crl: Crl;
}

async function readSourceCrl(
  files: FileSystem,
  path: string | undefined,
  root: Root,
): Promise<SourceCrl | undefined> {
  if (path === undefined) return undefined;
  const { content } = await readGivenFile(files, path, crlFileLimit);
  const found = wrapError(
    () => crlIn(content),
    (cause) => new BadImportedCrlError(path, "not-a-crl", { cause }),
  );
  if (!await isIssuedBy(root, found.crl)) throw new BadImportedCrlError(path, "foreign");
  return found;
}

function crlIn(content: Uint8Array): SourceCrl {
  const blocks = attempt(() => readPem(content, { limit: crlFileLimit }));
  const der = blocks?.find(({ label }) => label === "X509 CRL")?.der ?? new Uint8Array(content);
  return { der, crl: readCrl(der) };
}

/**
 * Every revocation that the database or the CRL knows, by serial number. If both know one, that of the CRL
 * counts, because it was published.
 */
function revocationsIn(
  entries: readonly DatabaseEntry[],
  crl: Crl | undefined,
): ReadonlyMap<string, Revoke> {
  const revocations = new Map<string, Revoke>();
  for (const { serial, revocation } of entries) {
    if (revocation !== undefined) revocations.set(serial, revocation);
  }
  for (const { serial, revokedAt, reason } of crl?.entries ?? []) {
    revocations.set(formatSerial(serial), { at: revokedAt, reason: reason ?? "unspecified" });
  }
  return revocations;
}

/** @throws MissingCertificatesError if a place names certificates that were not found. */
function requireAll(
  certificates: ReadonlyMap<string, Certificate>,
  places: readonly { readonly namedIn: string; readonly serials: readonly string[] }[],
): void {
  for (const { namedIn, serials } of places) {
    const missing = serials.filter((serial) => !certificates.has(serial));
    if (missing.length > 0) throw new MissingCertificatesError(missing, namedIn);
  }
}

async function toIssued(
  certificate: Certificate,
  revocation: Revoke | undefined,
  importedFrom: string,
): Promise<IssuedCertificate> {
  return {
    der: certificate.der,
    record: recordOf(certificate, revocation),
    details: { ...await describe(certificate), importedFrom },
  };
}

/**
 * Whether a CRL can stay the CA's last CRL: it has a number, nothing that certswap does not write, and lists
 * what the new index has, with the same times and reasons.
 */
function isFaithful(crl: Crl, issued: readonly IssuedCertificate[]): boolean {
  if (crl.number === undefined || crl.criticalExtensions.length > 0) return false;
  const listed = new Map(crl.entries.map((entry) => [formatSerial(entry.serial), entry]));
  return issued.every(({ record }) => {
    const entry = listed.get(record.serial);
    if (entry === undefined) {
      return record.status === "active" || record.revokedAt >= formatTime(crl.thisUpdate);
    }
    return entry.reason === record.revocationReason;
  });
}
