/** Distinguished names, read from DER, written as text, and compared. */
import { attributeTypes } from "./attribute_types.ts";
import {
  type Bytes,
  checkNested,
  type DerReader,
  readInside,
  readObjectIdentifier,
  tag,
  textOf,
} from "../encoding/mod.ts";
import { BadDerError } from "../errors.ts";
import { escapeUnsafe } from "./escape.ts";

/** One type and value, `CN=device.example`. */
export interface NameAttribute {
  /** The type's OBJECT IDENTIFIER in dots. */
  readonly type: string;
  /** The value where it is a string of any kind, else `undefined`. Untrusted. */
  readonly text: string | undefined;
  /** The identifier octet of the value. */
  readonly tag: number;
  /** The value as it is encoded. */
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
 * A name as RFC 4514 writes it, most specific part first: `CN=device.example,O=Example,C=US`.
 *
 * Characters that would mislead a reader or a terminal are escaped as `\XX`; values that are no
 * strings, and those of unknown types, are `#` and their DER in hexadecimal.
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
 * Whether two names are the same, as the names of an issuer and of a subject must be for a chain
 * (RFC 5280 7.1): attribute by attribute, without regard to upper and lower case, to runs of white space
 * and to the type of string. Values that are no strings are the same if their bytes are.
 */
export function namesEqual(a: Name, b: Name): boolean {
  return comparisonKey(a) === comparisonKey(b);
}

function comparisonKey(name: Name): string {
  return relativeNameKeys(name).join();
}

/**
 * A text for each relative name, in the order of `relativeNames`: equal for those that
 * {@linkcode namesEqual} takes for the same.
 */
export function relativeNameKeys({ relativeNames }: Name): string[] {
  // JSON keeps one part from running into the next, whatever is in it.
  return relativeNames.map((attributes) => JSON.stringify(attributes.map(attributeKey).sort()));
}

function attributeKey({ type, tag: identifier, text, der }: NameAttribute): string {
  // A text of "#1e02..." must not be taken for the bytes of a value, so each says first which of both it is.
  if (text === undefined || !foldedTags.has(identifier)) return `${type}=der:${der.toHex()}`;
  const folded = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  return `${type}=text:${folded}`;
}

/** RFC 5280 7.1 asks it of the first two, 7.2 and 7.5 of the third; others are compared as bytes. */
const foldedTags: ReadonlySet<number> = new Set([
  tag.printableString,
  tag.utf8String,
  tag.ia5String,
]);
