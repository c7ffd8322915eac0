/** Finds the certificate that someone means by a serial number or a file. */
import { isErrno, readGivenFile, type System, wrapError } from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  certificateFileLimit,
  formatName,
  isSelfIssued,
  namesEqual,
  normalizeSerial,
  readCertificateFile,
} from "../../x509/mod.ts";
import { requirePossibleCa } from "../ca.ts";
import {
  CertificateUnreadableError,
  NotOfThisCaError,
  OwnCertificateError,
  SerialNotFoundError,
} from "../errors.ts";
import { isIssuedBy, readRoot } from "../issue/mod.ts";
import { type CaLocation, openStore, type StoreReader } from "../store/mod.ts";

/**
 * The serial number that someone means: by a number in any spelling (`02`, `0x2`, `00:02`), or by a file
 * with a certificate of this CA. What is spelled like a number is one, even if a file has that name: `./02`
 * is a file.
 *
 * @throws SerialNotFoundError if it is neither a number nor a file; CertificateUnreadableError,
 *   NotOfThisCaError; BadCaFileError, CaNotInitializedError, FileSystemError
 */
export async function findSerial(
  system: System,
  location: CaLocation,
  written: string,
): Promise<string> {
  const serial = normalizeSerial(written);
  if (serial !== undefined) return serial;
  await requirePossibleCa(system, location);
  const store = await openStore(system, location);
  const certificate = await certificateIn(system, written);
  if (certificate === undefined) throw new SerialNotFoundError(written);
  await requireOurs(store, certificate, written);
  return certificate.serialNumber;
}

/**
 * The certificate in a file: the first one, as a chain starts with the leaf.
 *
 * @returns `undefined` if there is no such file, and the text does not look like the path of one.
 * @throws CertificateUnreadableError, FileSystemError, WrongFileKindError
 */
export async function certificateIn(
  system: System,
  file: string,
): Promise<Certificate | undefined> {
  try {
    return await readGivenCertificate(system, file);
  } catch (error) {
    const isPath = (file.includes("/") && !file.includes("://")) ||
      /\.(?:pem|crt|cer|der)$/i.test(file);
    const isAbsent = isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG");
    if (!isPath && isAbsent) return undefined;
    throw error;
  }
}

/** The first certificate in a file. @throws CertificateUnreadableError, FileSystemError */
export async function readGivenCertificate(
  { files }: System,
  file: string,
): Promise<Certificate> {
  const { content } = await readGivenFile(files, file, certificateFileLimit);
  return wrapError(
    () => readCertificateFile(content).leaf,
    (cause) => new CertificateUnreadableError(file, { cause }),
  );
}

/** Checks that this CA issued a certificate. @throws OwnCertificateError, NotOfThisCaError if it did not. */
export async function requireOurs(
  store: StoreReader,
  certificate: Certificate,
  file: string,
): Promise<void> {
  const root = await readRoot(store);
  const { subject, subjectPublicKeyInfo: { der } } = root.certificate;
  // Also an older one of a renewed CA.
  const isOwn = namesEqual(certificate.subject, subject) &&
    bytesEqual(certificate.subjectPublicKeyInfo.der, der);
  if (isOwn) {
    throw new OwnCertificateError(file, { isIntermediate: !isSelfIssued(root.certificate) });
  }
  const isOurs = await isIssuedBy(root, certificate);
  if (!isOurs) throw new NotOfThisCaError(file, formatName(certificate.issuer));
}
