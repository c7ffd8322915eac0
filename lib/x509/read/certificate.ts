/** Reads certificates (RFC 5280 4). */
import { sha256Hex } from "../../system/mod.ts";
import {
  type AlgorithmIdentifier,
  type PublicKey,
  readAlgorithmIdentifier,
  readPublicKey,
} from "../key/mod.ts";
import {
  bitStringOf,
  type Bytes,
  bytesEqual,
  constructedContextTag,
  contextTag,
  type DerReader,
  readBitStringBytes,
  readInside,
  readSmallInteger,
  readTime,
  readWhole,
  tag,
} from "../encoding/mod.ts";
import { BadCertificateError, BadDerError, TruncatedDerError } from "../errors.ts";
import type { ExtensionProblem } from "../problems.ts";
import { type Extensions, noExtensions, readExtensions } from "./extensions.ts";
import { type Name, readName } from "../name/mod.ts";
import { formatSerial } from "../serial.ts";
import { readSerialNumber } from "./serial_number.ts";

/** A certificate (RFC 5280 4.1). Text in it is untrusted. */
export interface Certificate extends Extensions {
  /** The complete certificate. */
  readonly der: Bytes;
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly version: 1 | 3;
  /** RFC 5280 4.1.2.2 requires it to be positive, and readers to accept 0 and negative ones. */
  readonly serial: bigint;
  /** `serial` in the form of {@linkcode formatSerial}, as certswap writes it everywhere: `02`, `1a9`. */
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** The first second of the validity period. */
  readonly notBefore: Date;
  /** The last second of the validity period. */
  readonly notAfter: Date;
  readonly subjectPublicKeyInfo: PublicKey;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/**
 * Reads exactly one certificate.
 *
 * @param der DER; it is copied.
 * @throws TruncatedDerError, BadDerError if it is not DER.
 * @throws BadCertificateError if it is not a certificate according to RFC 5280.
 */
export function readCertificate(der: Uint8Array): Certificate {
  const bytes = new Uint8Array(der);
  return readWhole(bytes, tag.sequence, (parts) => {
    const tbs = parts.next(tag.sequence);
    const signatureAlgorithm = readAlgorithmIdentifier(parts);
    const signature = readBitStringBytes(parts);
    const { innerAlgorithm, ...fields } = readInside(tbs, readFields);
    if (!bytesEqual(innerAlgorithm.der, signatureAlgorithm.der)) {
      // RFC 5280 4.1.1.2
      throw new BadCertificateError("two-signature-algorithms");
    }
    return { ...fields, der: bytes, tbs: tbs.der, signatureAlgorithm, signature };
  });
}

/** Whether an error of {@linkcode readCertificate} says that the bytes are not a certificate. */
export function isUnreadable(
  error: unknown,
): error is BadCertificateError | BadDerError | TruncatedDerError {
  return error instanceof BadCertificateError || error instanceof BadDerError ||
    error instanceof TruncatedDerError;
}

/** Reads exactly one certificate; `undefined` if the bytes are not one. */
export function ifCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** The SHA-256 fingerprint of a certificate, in lowercase hexadecimal without colons. */
export async function fingerprint(certificate: Certificate): Promise<string> {
  return await sha256Hex(certificate.der);
}

/** Whether `date` is within the validity period, including both ends (RFC 5280 4.1.2.5). */
export function isValidAt(certificate: Certificate, date: Date): boolean {
  return certificate.notBefore <= date && date.getTime() < certificate.notAfter.getTime() + 1000;
}

/** Whether two certificates are identical, byte by byte. */
export function certificatesEqual(a: Certificate, b: Certificate): boolean {
  return bytesEqual(a.der, b.der);
}

type Fields =
  & Omit<Certificate, "der" | "tbs" | "signatureAlgorithm" | "signature">
  & { readonly innerAlgorithm: AlgorithmIdentifier };

/** TBSCertificate. */
function readFields(parts: DerReader): Fields {
  const version = readVersion(parts);
  const serial = readSerialNumber(parts, () => new BadCertificateError("serial-number-too-long"));
  const innerAlgorithm = readAlgorithmIdentifier(parts);
  const issuer = readName(parts);
  const [notBefore, notAfter] = parts.inside(tag.sequence, (times) => [
    readTime(times),
    readTime(times),
  ]);
  const subject = readName(parts);
  const subjectPublicKeyInfo = readPublicKey(parts);
  if (version === 3) skipUniqueIdentifiers(parts);
  const extensions = version === 3 && parts.peek() === constructedContextTag(3)
    ? parts.inside(constructedContextTag(3), (list) => readExtensions(list, badCertificate))
    : noExtensions();
  return {
    version,
    serial,
    serialNumber: formatSerial(serial),
    innerAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfo,
    ...extensions,
  };
}

const badCertificate = (problem: ExtensionProblem): Error => new BadCertificateError(problem);

/** [0] EXPLICIT INTEGER DEFAULT v1. */
function readVersion(parts: DerReader): 1 | 3 {
  if (parts.peek() !== constructedContextTag(0)) return 1;
  const version = parts.inside(constructedContextTag(0), readSmallInteger);
  // 0 is the default, which DER omits; version 2 was never used.
  if (version !== 2) throw new BadCertificateError("version");
  return 3;
}

/** RFC 5280 4.1.2.8: not to be issued, but readers must accept them. */
function skipUniqueIdentifiers(parts: DerReader): void {
  for (const number of [1, 2]) {
    const identifier = parts.optional(contextTag(number));
    if (identifier) bitStringOf(identifier);
  }
}
