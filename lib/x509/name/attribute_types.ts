/** The attribute types of distinguished names. */
import { attributeOid, objectIdentifier, objectIdentifierLimit, tag } from "../encoding/mod.ts";

/**
 * The identifier octets that values of names may have: strings (RFC 5280 4.1.2.4), and BIT STRING and
 * SEQUENCE for the few types that X.520 defines that way. OpenSSL rejects certificates with other values.
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
 * Whether all common TLS libraries can read this attribute type (in dots). GnuTLS reads no arc above 64 bits,
 * and libraries that use signed numbers none of 64 bits.
 */
export function isReadableType(oid: string): boolean {
  // The length is checked first: converting a number with thousands of digits takes quadratic time.
  if (oid.length > longestOid || oid.split(".").some(({ length }) => length > 19)) return false;
  const isShort = objectIdentifier(oid).length <= 2 + objectIdentifierLimit;
  return isShort && oid.split(".").every((number) => BigInt(number) < 2n ** 63n);
}

/** The longest OBJECT IDENTIFIER in dots that fits the limit: a byte makes at most four characters. */
const longestOid = 4 * objectIdentifierLimit;

/** How the values of an attribute are encoded (RFC 5280 4.1.2.4). */
type StringType = "printable" | "ia5" | "utf8";

/** A naming attribute: its short name and the values it allows. */
export interface AttributeType {
  /** Matched without regard to case when a name is parsed. */
  readonly name: string;
  /** In dots. */
  readonly oid: string;
  readonly stringType: StringType;
  /** The longest value in characters: the upper bounds of RFC 5280 appendix A.1. */
  readonly maxLength: number;
}

/** The naming attributes with a short name. All others are written as their OBJECT IDENTIFIER in dots. */
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
