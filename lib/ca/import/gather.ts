/** Reads everything that the CA of another program has, and checks that it belongs together. */
import {
  attempt,
  type FileSystem,
  formatTime,
  present,
  readGivenFile,
  type System,
  wrapError,
} from "../../system/mod.ts";
import {
  type Bytes,
  type Certificate,
  certificateFileLimit,
  compareSerials,
  counterLimit,
  type Crl,
  crlFileLimit,
  formatSerial,
  highestSerial,
  isSelfIssued,
  isSerial,
  largestSerial,
  normalizeSerial,
  parseSerial,
  readCrl,
  readPem,
} from "../../x509/mod.ts";
import { BadCaFileError } from "../errors.ts";
import { ActivationChainError, chainAbove } from "../hierarchy/mod.ts";
import {
  isIssuedBy,
  ownSerial,
  ownSerialNumber,
  requireCaCertificate,
  type Root,
} from "../issue/mod.ts";
import { type FormerCertificate, recordOf, type Revoke, statusFields } from "../store/mod.ts";
import {
  certificatesIn,
  type IgnoredFile,
  type OwnCertificate,
  readOwnCertificates,
} from "./certificates.ts";
import { type DatabaseEntry, readDatabase } from "./database.ts";
import { BadImportedCrlError, SerialsExhaustedError, UnusableSerialError } from "./errors.ts";
import type { SourcePlaces } from "./places.ts";

/** What a source has. */
export interface Gathered {
  readonly root: Root;
  /** In the order of issue, as far as it can be told: by serial number. */
  readonly certificates: readonly FormerCertificate[];
  /** The certificates above the CA, nearest first; empty for a root, or if they are not known. */
  readonly chain: readonly Certificate[];
  readonly ignored: readonly IgnoredFile[];
  /** The CRL, DER, if it can be kept as the last CRL of the new CA. */
  readonly crl: Bytes | undefined;
  /** The first numbers that were certainly never used. */
  readonly nextSerial: bigint;
  readonly nextCrlNumber: bigint;
}

/** The size limit of an `index.txt`, in bytes: over a million certificates. */
const databaseLimit = 256 * 1024 * 1024;

/**
 * Reads a source, all but its key. Only reads.
 *
 * @throws BadCaFileError, BadDatabaseError, BadImportedCrlError
 * @throws DoubleSerialError, UnusableSerialError, ActivationChainError
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function gather(
  { files, clock }: System,
  places: SourcePlaces,
  onProgress?: (done: number, total: number) => void,
): Promise<Gathered> {
  const { root, others } = await readAuthority(files, places.certificate);
  const chain = await readChain(files, { root, others, places, now: clock.now() });
  requireUsableSerial(root, places.certificate);
  const { certificates, ignored } = await readOwnCertificates(files, places, { root, onProgress });
  const entries = places.database === undefined ? [] : readDatabase(
    (await readGivenFile(files, places.database, databaseLimit)).content,
    places.database,
  );
  const crl = await readSourceCrl(files, places.crl, root);
  const records = recordsIn(entries, crl?.crl);
  const lost = [...records].filter(([serial]) => !certificates.has(serial));
  const kept = [...certificates].map(([serial, certificate]) =>
    withRevocation(certificate, records.get(serial)?.revocation)
  );
  const absent = lost.map(([serial, known]) => toLost(serial, { known, root, places }));
  const issued = [...kept, ...absent].sort((a, b) =>
    compareSerials(a.record.serial, b.record.serial)
  );
  return {
    root,
    chain,
    certificates: issued,
    ignored,
    crl: crl && isFaithful(crl.crl, issued) ? crl.der : undefined,
    nextSerial: oneAbove([
      ...certificates.keys(),
      ...records.keys(),
      ownSerialNumber(root),
      await previousNumber(files, places.serial),
    ]),
    nextCrlNumber: oneAbove([
      await previousNumber(files, places.crlNumber),
      crl?.crl.number === undefined ? undefined : formatSerial(crl.crl.number),
    ]),
  };
}

/** A serial number of a root that is below 1 could not be compared with the counter. */
function requireUsableSerial(root: Root, path: string): void {
  const serial = ownSerial(root);
  if (serial !== undefined && serial < 0n) {
    throw new UnusableSerialError(formatSerial(serial), path);
  }
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

interface FoundAuthority {
  readonly root: Root;
  /** The other certificates in its file. */
  readonly others: readonly Certificate[];
}

/** The certificate of the CA: the first in its file. */
async function readAuthority(files: FileSystem, path: string): Promise<FoundAuthority> {
  const { content } = await readGivenFile(files, path, certificateFileLimit);
  const [own, ...others] = certificatesIn(content);
  if (own === undefined) throw new BadCaFileError(path, "not-a-certificate");
  return { root: requireCaCertificate(own, path), others };
}

/**
 * The certificates above an intermediate: from its file, and from the one that was given for them.
 *
 * @returns an empty list for a root, or if none was given and the file does not have them.
 * @throws ActivationChainError, BadCaFileError
 */
async function readChain(
  files: FileSystem,
  { root: { certificate }, others, places, now }: FoundAuthority & {
    readonly places: SourcePlaces;
    readonly now: Date;
  },
): Promise<readonly Certificate[]> {
  const { chain: path, certificate: file } = places;
  if (isSelfIssued(certificate)) return [];
  if (path === undefined) {
    // What else is in the file may have another purpose.
    return await chainAbove(certificate, { file, candidates: others, now }).catch((error) => {
      if (error instanceof ActivationChainError) return [];
      throw error;
    });
  }
  const given = certificatesIn((await readGivenFile(files, path, certificateFileLimit)).content);
  if (given.length === 0) throw new BadCaFileError(path, "not-a-certificate");
  return await chainAbove(certificate, { file, candidates: [...others, ...given], now });
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

/** What is known of a certificate without having it. */
interface Known {
  /** RFC 4514; `undefined` if only the CRL lists it. */
  readonly subject: string | undefined;
  readonly notAfter: Date | undefined;
  readonly revocation: Revoke | undefined;
}

/**
 * Everything that the database and the CRL list, by serial number. If both know a revocation, that of the CRL
 * counts, because it was published.
 */
function recordsIn(
  entries: readonly DatabaseEntry[],
  crl: Crl | undefined,
): ReadonlyMap<string, Known> {
  const records = new Map<string, Known>();
  for (const { serial, ...entry } of entries) {
    // A line for the same number: a revocation is never lost.
    const revocation = entry.revocation ?? records.get(serial)?.revocation;
    records.set(serial, { ...entry, revocation });
  }
  for (const { serial: number, revokedAt, reason } of crl?.entries ?? []) {
    const serial = formatSerial(number);
    const { subject, notAfter } = records.get(serial) ?? {};
    const revocation = { at: revokedAt, reason: reason ?? "unspecified" };
    records.set(serial, { subject, notAfter, revocation });
  }
  return records;
}

function withRevocation(
  certificate: OwnCertificate,
  revocation: Revoke | undefined,
): FormerCertificate {
  return { ...certificate, record: { ...certificate.record, ...statusFields(revocation) } };
}

/**
 * The record of a certificate that the source lists, but does not have any more. It was not issued before the
 * CA's own certificate, and if its end is unknown, its revocation stays on every CRL.
 */
function toLost(
  serial: string,
  { known, root: { certificate: own }, places }: {
    readonly known: Known;
    readonly root: Root;
    readonly places: SourcePlaces;
  },
): FormerCertificate {
  const { subject, notAfter = own.notAfter, revocation } = known;
  const importedFrom = subject === undefined ? places.crl : places.database;
  if (!isSerial(serial)) throw new UnusableSerialError(serial, importedFrom ?? "");
  return {
    der: undefined,
    record: {
      ...recordOf({ ...own, serial: parseSerial(serial) ?? 0n, notAfter }, revocation),
      subject: subject ?? "",
    },
    details: { ...present({ importedFrom }), isLost: true },
  };
}

/**
 * Whether a CRL can stay the CA's last CRL: it has a number, nothing that certswap does not write, and lists
 * what the new index has, with the same times and reasons.
 */
function isFaithful(crl: Crl, issued: readonly FormerCertificate[]): boolean {
  if (crl.number === undefined || crl.criticalExtensions.length > 0) return false;
  const listed = crl.entries.index();
  return issued.every(({ record }) => {
    const entry = listed.get(record.serial);
    if (entry === undefined) {
      return record.status === "active" || record.revokedAt >= formatTime(crl.thisUpdate);
    }
    return entry.reason === record.revocationReason;
  });
}
