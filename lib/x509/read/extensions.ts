/** The extensions of certificates, requests and CRLs, read (RFC 5280 4.2). */
import {
  constructedContextTag,
  contextTag,
  type DerReader,
  type DerValue,
  readInside,
  tag,
} from "../encoding/der_reader.ts";
import {
  checkInteger,
  readBitString,
  readBoolean,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../encoding/der_values.ts";
import type { Bytes } from "../encoding/der_writer.ts";
import { BadDerError } from "../errors.ts";
import type { ExtensionProblem } from "../problems.ts";
import { type GeneralName, generalNamesIn, readGeneralNames } from "../name/general_name.ts";
import { extensionOid } from "../encoding/oids.ts";

/** An extension of a certificate, as it is encoded (RFC 5280 4.2). */
export interface Extension {
  /** In dots. */
  readonly oid: string;
  readonly critical: boolean;
  /** The content of extnValue: DER of whatever type `oid` says. */
  readonly value: Bytes;
}

/** RFC 5280 4.2.1.9. */
export interface BasicConstraints {
  readonly ca: boolean;
  /** How many CAs may stand between this one and a leaf; `undefined`: any. Means nothing unless `ca`. */
  readonly pathLength: number | undefined;
}

/** RFC 5280 4.2.1.3, in the order of the bits. */
const keyUsages = [
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

/** The extensions of a certificate, and the ones among them that are understood. */
export interface Extensions {
  readonly extensions: readonly Extension[];
  readonly basicConstraints: BasicConstraints | undefined;
  /** `undefined`: any. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** In dots; `undefined`: any. */
  readonly extKeyUsage: readonly string[] | undefined;
  /** Empty where there is no such extension. */
  readonly subjectAltName: readonly GeneralName[];
  readonly subjectKeyIdentifier: Bytes | undefined;
  /** The keyIdentifier of it. */
  readonly authorityKeyIdentifier: Bytes | undefined;
  /**
   * The OBJECT IDENTIFIERs of those that are critical and not among the above: RFC 5280 4.2 has such a
   * certificate refused.
   */
  readonly unknownCriticalExtensions: readonly string[];
}

/** What a certificate without extensions has. */
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

/** Makes the error of what holds the extensions: a certificate or a request. */
type ExtensionErrors = (problem: ExtensionProblem) => Error;

/**
 * Reads Extensions: a SEQUENCE of at least one.
 *
 * @throws the error of `errors` where one stands twice, or means nothing; BadDerError
 */
export function readExtensions(reader: DerReader, errors: ExtensionErrors): Extensions {
  return extensionsOf(readExtensionList(reader, errors), errors);
}

/** An extension with where its value stands, for whoever reads into it. */
export interface FoundExtension extends Extension {
  readonly octets: DerValue;
}

/**
 * Reads Extensions of a certificate, a CRL or an entry of one, without looking into any.
 *
 * @throws the error of `errors` where one stands twice; BadDerError
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
 * Reads Extensions, of which one may be there twice.
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

/** The OBJECT IDENTIFIERs that are there more than once, in dots. */
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
 * BOOLEAN DEFAULT FALSE. X.690 11.5 has FALSE left out; enough authorities have spelled it out for
 * every verifier of the web (mozilla::pkix, webpki) to take it, and it means the same.
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
