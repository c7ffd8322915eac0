/** The types of attributes that distinguished names are made of. */
import { tag } from "../encoding/der_reader.ts";
import { objectIdentifier } from "../encoding/der_writer.ts";
import { objectIdentifierLimit } from "../encoding/der_values.ts";
import { attributeOid } from "../encoding/oids.ts";

/**
 * The identifiers of the values that names are made of: strings (RFC 5280 4.1.2.4), and for the few
 * types that X.520 gives such values BIT STRING and SEQUENCE. OpenSSL reads no certificate with others.
 */
export const valueTags: ReadonlySet<number> = new Set([
  tag.utf8String,
  tag.printableString,
  tag.ia5String,
  tag.numericString,
  tag.teletexString,
  tag.bmpString,
  tag.universalString,
  tag.bitString,
  tag.sequence,
]);

/**
 * Whether a type of attribute, in dots, is one that everybody reads: GnuTLS takes no number of more
 * than 64 bits, and nobody who counts with a sign one of as many.
 */
export function isReadableType(oid: string): boolean {
  // Digits first: to calculate with a number of thousands of them takes quadratic time.
  if (oid.length > longestOid || oid.split(".").some(({ length }) => length > 19)) return false;
  const isShort = objectIdentifier(oid).length <= 2 + objectIdentifierLimit;
  return isShort && oid.split(".").every((number) => BigInt(number) < 2n ** 63n);
}

/** The most characters of an OBJECT IDENTIFIER in dots that is encoded: no byte makes more than four. */
const longestOid = 4 * objectIdentifierLimit;

/** How the values of an attribute are encoded (RFC 5280 4.1.2.4). */
type StringType = "printable" | "ia5" | "utf8";

/** A naming attribute: its short name, and what its values may be. */
export interface AttributeType {
  /** Case is ignored when a name is read. */
  readonly name: string;
  /** Dotted. */
  readonly oid: string;
  readonly stringType: StringType;
  /** The most characters a value may have: the upper bounds of RFC 5280 appendix A.1. */
  readonly maxLength: number;
}

/** The naming attributes that are read and printed by name. Any other is written as its dotted OID. */
export const attributeTypes: readonly AttributeType[] = [
  { name: "CN", oid: attributeOid.CN, stringType: "utf8", maxLength: 64 },
  { name: "O", oid: attributeOid.O, stringType: "utf8", maxLength: 64 },
  { name: "OU", oid: attributeOid.OU, stringType: "utf8", maxLength: 64 },
  { name: "L", oid: attributeOid.L, stringType: "utf8", maxLength: 128 },
  { name: "ST", oid: attributeOid.ST, stringType: "utf8", maxLength: 128 },
  { name: "C", oid: attributeOid.C, stringType: "printable", maxLength: 2 },
  { name: "serialNumber", oid: attributeOid.serialNumber, stringType: "printable", maxLength: 64 },
  { name: "DC", oid: attributeOid.DC, stringType: "ia5", maxLength: 63 },
  { name: "STREET", oid: attributeOid.STREET, stringType: "utf8", maxLength: 128 },
  { name: "UID", oid: attributeOid.UID, stringType: "utf8", maxLength: 256 },
  { name: "SN", oid: attributeOid.SN, stringType: "utf8", maxLength: 32768 },
  { name: "GN", oid: attributeOid.GN, stringType: "utf8", maxLength: 32768 },
  { name: "title", oid: attributeOid.title, stringType: "utf8", maxLength: 64 },
  { name: "emailAddress", oid: attributeOid.emailAddress, stringType: "ia5", maxLength: 255 },
];
