/** Compares a CA with certificates and a CRL that were seen elsewhere: after a backup was restored. */
import { attemptAsync, readGivenFile, type System, wrapError } from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  compareSerials,
  type Crl,
  crlFileLimit,
  formatSerial,
  highestSerial,
  readCrlFile,
  readSingleCertificateFile,
} from "../../x509/mod.ts";
import { BadGivenCrlError } from "../errors.ts";
import { describe } from "../identity/mod.ts";
import { readGivenCertificate } from "../inventory/mod.ts";
import { isIssuedBy, type NumberedCrl, ownSerialNumber, type Root } from "../issue/mod.ts";
import {
  type Finding,
  type InspectedCertificate,
  recordOf,
  type StoreContents,
  type StoreReader,
} from "../store/mod.ts";

/** Names what was seen elsewhere. */
export interface FieldOptions {
  /** Paths of certificates; the first one in each file counts. */
  readonly since?: readonly string[] | undefined;
  /** The highest serial number that is known to be in use. */
  readonly highestSerial?: bigint | undefined;
  /** The path of a CRL of this CA. */
  readonly crl?: string | undefined;
}

/** What was seen elsewhere, parsed. */
export interface Field {
  readonly certificates: readonly { readonly file: string; readonly certificate: Certificate }[];
  readonly highestSerial: bigint | undefined;
  readonly crl: { readonly file: string; readonly crl: Crl } | undefined;
}

/**
 * Reads the given files.
 *
 * @throws CertificateUnreadableError, BadGivenCrlError, FileSystemError
 */
export async function readField(system: System, options: FieldOptions): Promise<Field> {
  const { since = [], highestSerial, crl } = options;
  const certificates: { file: string; certificate: Certificate }[] = [];
  for (const file of since) {
    certificates.push({ file, certificate: await readGivenCertificate(system, file) });
  }
  return {
    certificates,
    highestSerial,
    crl: crl === undefined ? undefined : { file: crl, crl: await readGivenCrl(system, crl) },
  };
}

async function readGivenCrl({ files }: System, file: string): Promise<Crl> {
  const { content } = await readGivenFile(files, file, crlFileLimit);
  return wrapError(
    () => readCrlFile(content),
    (cause) => new BadGivenCrlError(file, "not-a-crl", { cause }),
  );
}

/**
 * The CRL that was seen elsewhere.
 *
 * @throws BadGivenCrlError if it is not a CRL of this CA, or cannot be trusted.
 */
export async function ownCrlOf(
  { crl: given }: Field,
  root: Root,
): Promise<{ readonly file: string; readonly crl: NumberedCrl } | undefined> {
  if (given === undefined) return undefined;
  const { file, crl } = given;
  const isOurs = await isIssuedBy(root, crl);
  if (!isOurs) throw new BadGivenCrlError(file, "foreign");
  if (crl.criticalExtensions.length > 0) throw new BadGivenCrlError(file, "critical-extension");
  const { number } = crl;
  if (number === undefined) throw new BadGivenCrlError(file, "no-number");
  return { file, crl: { ...crl, number } };
}

/** What the store has, to compare with. */
interface FieldMaterial {
  readonly store: StoreReader;
  readonly root: Root;
  readonly contents: StoreContents;
  /** The highest serial number in it; `undefined` if it has no certificates. */
  readonly highest: string | undefined;
  /** CRLs of this CA: what they list is revoked. */
  readonly crls: readonly Crl[];
}

/** Findings about certificates that were seen elsewhere. */
export interface FieldFindings {
  readonly findings: readonly Finding[];
  /** The serial numbers that were seen, and where. */
  readonly seen: readonly { readonly usedIn: string; readonly used: string }[];
}

/** Compares the certificates that were seen elsewhere with the store. */
export async function examineField(
  { certificates, highestSerial: highestUsed }: Field,
  material: FieldMaterial,
): Promise<FieldFindings> {
  const { root, contents, highest: highestKnown } = material;
  const findings: Finding[] = [];
  const seen: { usedIn: string; used: string }[] = [];
  const known = await contents.find(
    new Set(certificates.map(({ certificate }) => certificate.serialNumber)),
  );
  const own = ownSerialNumber(root);
  const found = new Set<string>();
  for (const { file, certificate } of certificates) {
    const isOurs = await isIssuedBy(root, certificate);
    if (!isOurs) {
      findings.push({ code: "not-compared", name: file });
      continue;
    }
    const serial = certificate.serialNumber;
    if (serial === own || found.has(serial)) continue;
    found.add(serial);
    if (certificate.serial > 0n) seen.push({ usedIn: file, used: serial });
    findings.push(
      ...await compare(certificate, file, { ...material, isKnown: isIn(known, serial) }),
    );
  }
  if (highestUsed !== undefined) {
    const last = formatSerial(highestUsed);
    seen.push({ usedIn: "the field (--highest-serial)", used: last });
    const highest = highestSerial([
      ...(highestKnown === undefined ? [] : [highestKnown]),
      ...found,
      ...(own === undefined ? [] : [own]),
    ]) ?? "00";
    const first = formatSerial(BigInt(`0x${highest}`) + 1n);
    if (compareSerials(first, last) <= 0) findings.push({ code: "unknown-serials", first, last });
  }
  return { findings, seen };
}

/** Whether a certificate is in the index or beside it. */
function isIn(known: ReadonlyMap<string, InspectedCertificate>, serial: string): boolean {
  const { record, isKept = false } = known.get(serial) ?? {};
  return record !== undefined || isKept;
}

async function compare(
  certificate: Certificate,
  file: string,
  { store, crls, isKnown }: FieldMaterial & { readonly isKnown: boolean },
): Promise<readonly Finding[]> {
  const serial = certificate.serialNumber;
  if (isKnown) {
    const stored = await storedCertificate(store, serial);
    const isOther = stored !== undefined && !bytesEqual(stored.der, certificate.der);
    return isOther ? [{ code: "serial-used-twice", serial, name: file }] : [];
  }
  const listed = crls.map(({ entries }) => entries.find(certificate.serial))
    .find((entry) => entry !== undefined);
  const patch = recordOf(
    certificate,
    listed && { at: listed.revokedAt, reason: listed.reason ?? "unspecified" },
  );
  const corrections = [{ serial, details: await describe(certificate) }];
  const { der } = certificate;
  return [{ code: "unknown-certificate", serial, name: file, patch, der, corrections }];
}

/** `undefined` if the file is missing or bad, which has its own finding. */
async function storedCertificate(
  store: StoreReader,
  serial: string,
): Promise<Certificate | undefined> {
  return await attemptAsync(async () => readSingleCertificateFile(await store.certificate(serial)));
}
