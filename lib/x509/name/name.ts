/** Distinguished names: reads them from DER, formats them as text, and compares them. */
import { attributeTypes } from "./attribute_types.ts";
import {
  type Bytes,
  bytesEqual,
  checkNested,
  type DerReader,
  readInside,
  readObjectIdentifier,
  tag,
  textOf,
} from "../encoding/mod.ts";
import { BadDerError } from "../errors.ts";
import { escapeUnsafe } from "./escape.ts";

/** One attribute of a name: a type and a value, `CN=device.example`. */
export interface NameAttribute {
  /** The type's OBJECT IDENTIFIER in dots. */
  readonly type: string;
  /** The value if it is a string of any type, otherwise `undefined`. Untrusted. */
  readonly text: string | undefined;
  /** The identifier octet of the value. */
  readonly tag: number;
  /** The value as encoded. */
  readonly der: Bytes;
}

/** A distinguished name (RFC 5280 4.1.2.4), in the order of its encoding: most significant first. */
export interface Name {
  readonly der: Bytes;
  /** Each a set of one or more attributes. */
  readonly relativeNames: readonly (readonly NameAttribute[])[];
}

/** Reads a Name. */
export function readName(reader: DerReader): Name {
  const value = reader.next(tag.sequence);
  const relativeNames: NameAttribute[][] = [];
  readInside(value, (names) => {
    while (!names.isAtEnd()) relativeNames.push(readRelativeName(names));
  });
  return { der: value.der, relativeNames };
}

function readRelativeName(reader: DerReader): NameAttribute[] {
  const set = reader.next(tag.set);
  const attributes: NameAttribute[] = [];
  readInside(set, (members) => {
    while (!members.isAtEnd()) attributes.push(readAttribute(members));
  });
  if (attributes.length === 0) {
    throw new BadDerError(set.offset, "empty-relative-name");
  }
  return attributes;
}

function readAttribute(reader: DerReader): NameAttribute {
  return reader.inside(tag.sequence, (parts) => {
    const type = readObjectIdentifier(parts);
    const value = parts.next();
    checkNested(value);
    return { type, text: textOf(value), tag: value.identifier, der: value.der };
  });
}

const shortNames: ReadonlyMap<string, string> = new Map(
  attributeTypes.map(({ oid, name }) => [oid, name]),
);

/**
 * Formats a name as in RFC 4514, most specific part first: `CN=device.example,O=Example,C=US`.
 *
 * Characters that could mislead a reader or a terminal are escaped as `\XX`. Values that are not strings, or
 * have an unknown type, are written as `#` and their DER in hexadecimal.
 */
export function formatName(name: Name): string {
  return name.relativeNames.toReversed()
    .map((attributes) => attributes.map(formatAttribute).join("+"))
    .join(",");
}

function formatAttribute({ type, text, der }: NameAttribute): string {
  const shortName = shortNames.get(type);
  if (shortName === undefined || text === undefined) return `${shortName ?? type}=#${der.toHex()}`;
  return `${shortName}=${escapeValue(text)}`;
}

/** RFC 4514 2.4. */
function escapeValue(text: string): string {
  const special = text.replace(/["+,;<>\\]|^[ #]|(?<=.) $/gs, "\\$&");
  return escapeUnsafe(special);
}

/**
 * Whether two names match, as the names of issuer and subject must in a chain (RFC 5280 7.1): attribute by
 * attribute, ignoring case, runs of white space and the type of string. Values that are not strings match if
 * their bytes are equal.
 */
export function namesEqual(a: Name, b: Name): boolean {
  // Nearly always: an issuer is written as it writes itself.
  return bytesEqual(a.der, b.der) || comparisonKey(a) === comparisonKey(b);
}

function comparisonKey(name: Name): string {
  return relativeNameKeys(name).join();
}

/**
 * A key for each relative name, in the order of `relativeNames`. Two keys are equal if
 * {@linkcode namesEqual} treats the relative names as equal.
 */
export function relativeNameKeys({ relativeNames }: Name): string[] {
  // JSON keeps the parts apart, even if they contain separators.
  return relativeNames.map((attributes) => JSON.stringify(attributes.map(attributeKey).sort()));
}

function attributeKey({ type, tag: identifier, text, der }: NameAttribute): string {
  // The prefix keeps a text such as "#1e02..." apart from the bytes of a value.
  if (text === undefined || !foldedTags.has(identifier)) return `${type}=der:${der.toHex()}`;
  const folded = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  return `${type}=text:${folded}`;
}

/** String types that are compared as text: RFC 5280 7.1 (the first two), 7.2 and 7.5 (the third). */
const foldedTags: ReadonlySet<number> = new Set([
  tag.printableString,
  tag.utf8String,
  tag.ia5String,
]);
