import { tag } from "../encoding/der_reader.ts";
import { objectIdentifier } from "../encoding/der_writer.ts";
import { objectIdentifierLimit } from "../encoding/der_values.ts";

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
  const isShort = objectIdentifier(oid).length <= 2 + objectIdentifierLimit;
  return isShort && oid.split(".").every((number) => BigInt(number) < 2n ** 63n);
}

/** How the values of an attribute are encoded: PrintableString, IA5String, else UTF8String (RFC 5280 4.1.2.4). */
type StringType = "printable" | "ia5" | "utf8";

/** A naming attribute: its short name (RFC 4514 section 3, RFC 4519, RFC 5280 appendix A.1), and what its values may be. */
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
  { name: "CN", oid: "2.5.4.3", stringType: "utf8", maxLength: 64 },
  { name: "O", oid: "2.5.4.10", stringType: "utf8", maxLength: 64 },
  { name: "OU", oid: "2.5.4.11", stringType: "utf8", maxLength: 64 },
  { name: "L", oid: "2.5.4.7", stringType: "utf8", maxLength: 128 },
  { name: "ST", oid: "2.5.4.8", stringType: "utf8", maxLength: 128 },
  { name: "C", oid: "2.5.4.6", stringType: "printable", maxLength: 2 },
  { name: "serialNumber", oid: "2.5.4.5", stringType: "printable", maxLength: 64 },
  { name: "DC", oid: "0.9.2342.19200300.100.1.25", stringType: "ia5", maxLength: 63 },
  { name: "STREET", oid: "2.5.4.9", stringType: "utf8", maxLength: 128 },
  { name: "UID", oid: "0.9.2342.19200300.100.1.1", stringType: "utf8", maxLength: 256 },
  { name: "SN", oid: "2.5.4.4", stringType: "utf8", maxLength: 32768 },
  { name: "GN", oid: "2.5.4.42", stringType: "utf8", maxLength: 32768 },
  { name: "title", oid: "2.5.4.12", stringType: "utf8", maxLength: 64 },
  { name: "emailAddress", oid: "1.2.840.113549.1.9.1", stringType: "ia5", maxLength: 255 },
];
