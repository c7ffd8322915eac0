/** Reads the extensions of certificates, requests and CRLs (RFC 5280 4.2). */
import {
  type Bytes,
  checkInteger,
  constructedContextTag,
  contextTag,
  type DerReader,
  type DerValue,
  extensionOid,
  readBitString,
  readBoolean,
  readInside,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  tag,
} from "../encoding/mod.ts";
import { BadDerError } from "../errors.ts";
import type { ExtensionProblem } from "../problems.ts";
import { type GeneralName, generalNamesIn, readGeneralNames } from "../name/mod.ts";

/** An extension as encoded (RFC 5280 4.2). */
export interface Extension {
  /** In dots. */
  readonly oid: string;
  readonly critical: boolean;
  /** The content of extnValue: DER of the type that `oid` implies. */
  readonly value: Bytes;
}

/** basicConstraints (RFC 5280 4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  /** How many CAs may follow between this one and a leaf; `undefined`: any number. Only used with `ca`. */
  readonly pathLength: number | undefined;
}

/** The key usages of RFC 5280 4.2.1.3, in the order of the bits. */
export const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

/** What a key may be used for. */
export type KeyUsage = typeof keyUsages[number];

/** The extensions of a certificate: all of them as encoded, and those that certswap understands. */
export interface Extensions {
  readonly extensions: readonly Extension[];
  readonly basicConstraints: BasicConstraints | undefined;
  /** `undefined`: any. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** In dots; `undefined`: any. */
  readonly extKeyUsage: readonly string[] | undefined;
  /** Empty if there is no such extension. */
  readonly subjectAltName: readonly GeneralName[];
  readonly subjectKeyIdentifier: Bytes | undefined;
  /** Its keyIdentifier. */
  readonly authorityKeyIdentifier: Bytes | undefined;
  /**
   * OBJECT IDENTIFIERs of the critical extensions that are not among the above. RFC 5280 4.2 requires such a
   * certificate to be refused.
   */
  readonly unknownCriticalExtensions: readonly string[];
}

/** The extensions of a certificate that has none. */
export function noExtensions(): Extensions {
  return {
    extensions: [],
    basicConstraints: undefined,
    keyUsage: undefined,
    extKeyUsage: undefined,
    subjectAltName: [],
    subjectKeyIdentifier: undefined,
    authorityKeyIdentifier: undefined,
    unknownCriticalExtensions: [],
  };
}

/** Creates the error for the object that contains the extensions: a certificate or a request. */
type ExtensionErrors = (problem: ExtensionProblem) => Error;

/**
 * Reads Extensions: a SEQUENCE with at least one extension.
 *
 * @throws the error from `errors` if an extension is repeated or has no meaning; BadDerError
 */
export function readExtensions(reader: DerReader, errors: ExtensionErrors): Extensions {
  return extensionsOf(readExtensionList(reader, errors), errors);
}

/** An extension and its octet string, for reading its content. */
export interface FoundExtension extends Extension {
  readonly octets: DerValue;
}

/**
 * Reads Extensions of a certificate, a CRL or a CRL entry, without interpreting them.
 *
 * @throws the error from `errors` if an extension is repeated; BadDerError
 */
export function readExtensionList(
  reader: DerReader,
  errors: (problem: "repeated-extension") => Error,
): readonly FoundExtension[] {
  const found = readExtensionsAsFound(reader);
  // RFC 5280 4.2
  if (repeatedExtensions(found).length > 0) throw errors("repeated-extension");
  return found;
}

/**
 * Reads Extensions, and allows repeated ones.
 *
 * @throws BadDerError
 */
export function readExtensionsAsFound(reader: DerReader): readonly FoundExtension[] {
  const value = reader.next(tag.sequence);
  const found: FoundExtension[] = [];
  readInside(value, (members) => {
    while (!members.isAtEnd()) found.push(readExtension(members));
  });
  if (found.length === 0) throw new BadDerError(value.offset, "no-extensions");
  return found;
}

/** OBJECT IDENTIFIERs, in dots, of extensions that appear more than once. */
export function repeatedExtensions(found: readonly Extension[]): readonly string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { oid } of found) (seen.has(oid) ? repeated : seen).add(oid);
  return [...repeated];
}

function readExtension(reader: DerReader): FoundExtension {
  return reader.inside(tag.sequence, (parts) => {
    const oid = readObjectIdentifier(parts);
    const critical = readDefaultFalse(parts);
    const octets = parts.next(tag.octetString);
    return { oid, critical, value: octets.content, octets };
  });
}

/**
 * BOOLEAN DEFAULT FALSE. X.690 11.5 requires FALSE to be omitted, but so many CAs have encoded it that the
 * verifiers of the web (mozilla::pkix, webpki) accept it. It means the same.
 */
function readDefaultFalse(parts: DerReader): boolean {
  return parts.peek() === tag.boolean && readBoolean(parts);
}

function extensionsOf(
  found: readonly FoundExtension[],
  errors: ExtensionErrors,
): Extensions {
  const read = <T>(oid: string, reading: (reader: DerReader) => T): T | undefined => {
    const extension = found.find((candidate) => candidate.oid === oid);
    return extension && readInside(extension.octets, reading);
  };
  return {
    extensions: found.map(({ oid, critical, value }) => ({ oid, critical, value })),
    basicConstraints: read(extensionOid.basicConstraints, readBasicConstraints),
    keyUsage: read(extensionOid.keyUsage, (reader) => readKeyUsage(reader, errors)),
    extKeyUsage: read(extensionOid.extKeyUsage, readExtKeyUsage),
    subjectAltName: read(extensionOid.subjectAltName, readGeneralNames) ?? [],
    subjectKeyIdentifier: read(extensionOid.subjectKeyIdentifier, readOctetString),
    authorityKeyIdentifier: read(extensionOid.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    unknownCriticalExtensions: found
      .filter(({ oid, critical }) => critical && !understood.has(oid))
      .map(({ oid }) => oid),
  };
}

const understood: ReadonlySet<string> = new Set([
  extensionOid.subjectKeyIdentifier,
  extensionOid.keyUsage,
  extensionOid.subjectAltName,
  extensionOid.basicConstraints,
  extensionOid.authorityKeyIdentifier,
  extensionOid.extKeyUsage,
]);

function readBasicConstraints(reader: DerReader): BasicConstraints {
  return reader.inside(tag.sequence, (parts) => ({
    ca: readDefaultFalse(parts),
    pathLength: parts.isAtEnd() ? undefined : readSmallInteger(parts),
  }));
}

function readKeyUsage(reader: DerReader, errors: ExtensionErrors): KeyUsage[] {
  const { bytes } = readBitString(reader);
  const usages = keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
  if (usages.length === 0) throw errors("empty-key-usage");
  return usages;
}

function readExtKeyUsage(reader: DerReader): string[] {
  return reader.inside(tag.sequence, (parts) => {
    const purposes = [readObjectIdentifier(parts)];
    while (!parts.isAtEnd()) purposes.push(readObjectIdentifier(parts));
    return purposes;
  });
}

/** RFC 5280 4.2.1.1: [0] keyIdentifier, [1] authorityCertIssuer, [2] its serial number, all optional. */
function readAuthorityKeyIdentifier(reader: DerReader): Bytes | undefined {
  return reader.inside(tag.sequence, (parts) => {
    const keyIdentifier = parts.optional(contextTag(0))?.content;
    const issuer = parts.optional(constructedContextTag(1));
    if (issuer) generalNamesIn(issuer);
    const serialNumber = parts.optional(contextTag(2));
    if (serialNumber) checkInteger(serialNumber);
    return keyIdentifier;
  });
}
