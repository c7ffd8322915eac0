/** Encodes distinguished names: from text (RFC 4514) to DER. */
import {
  type AttributeType,
  attributeTypes,
  isReadableType,
  valueTags,
} from "./attribute_types.ts";
import {
  type Bytes,
  checkNested,
  DerReader,
  ia5String,
  objectIdentifier,
  printableString,
  sequence,
  sequenceOf,
  setOf,
  textOf,
  utf8String,
} from "../encoding/mod.ts";
import { InvalidDistinguishedNameError } from "../errors.ts";

/**
 * Encodes a distinguished name in the form of RFC 4514, `CN=My Root CA,O=My Org,C=US`, as a DER Name.
 *
 * The last RDN of the text comes first in the encoding (RFC 4514 2.1). Spaces around `,`, `+` and `=` are
 * ignored unless escaped. C and serialNumber become PrintableStrings, DC and emailAddress IA5Strings,
 * everything else UTF8Strings (RFC 5280 4.1.2.4; the upper bounds of appendix A.1 apply).
 *
 * @param need whether the name needs at least one attribute; an empty text is the empty name.
 * @throws InvalidDistinguishedNameError if the text does not have that form, or the attribute does not allow
 * the value.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeDistinguishedName } from "./mod.ts";
 *
 * const name = encodeDistinguishedName("CN=a");
 * assert.equal(name.toHex(), "300c310a300806035504030c0161");
 * assert.throws(() => encodeDistinguishedName("C=Utopia"), { code: "invalid-distinguished-name" });
 * ```
 */
export function encodeDistinguishedName(
  written: string,
  need: "required" | "optional" = "optional",
): Bytes {
  const scanner = new Scanner(written);
  if (need === "required" && scanner.atEnd()) throw scanner.error("name-missing");
  const rdns: Bytes[] = [];
  if (!scanner.atEnd()) {
    do rdns.push(readRdn(scanner)); while (scanner.take(","));
    if (!scanner.atEnd()) throw scanner.error("unexpected-character");
  }
  return sequenceOf(rdns.reverse());
}

function readRdn(scanner: Scanner): Bytes {
  const attributes: Bytes[] = [];
  do attributes.push(readAttribute(scanner)); while (scanner.take("+"));
  return setOf(...attributes);
}

function readAttribute(scanner: Scanner): Bytes {
  const type = readType(scanner);
  scanner.skipSpaces();
  if (!scanner.take("=")) throw scanner.error("equals-sign-missing", type);
  scanner.skipSpaces();
  return sequence(
    objectIdentifier(type.oid),
    scanner.take("#")
      ? readHexValue(scanner, type)
      : encodeValue(type, readString(scanner, type), scanner),
  );
}

function readType(scanner: Scanner): AttributeType {
  scanner.skipSpaces();
  const written = scanner.match(/(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)/y);
  if (written === undefined) throw scanner.error("attribute-type-missing");
  const wanted = written.toLowerCase();
  const known = attributeTypes.find(({ name, oid }) =>
    name.toLowerCase() === wanted || oid === wanted
  );
  if (known !== undefined) return known;
  const other = { name: written, oid: wanted, stringType: "utf8", maxLength: 32768 } as const;
  if (isObjectIdentifier(wanted) && isReadableType(wanted)) return other;
  throw scanner.error("attribute-type-unknown", other);
}

/** X.660: the first arc is 0, 1 or 2, and below 0 and 1 the second is less than 40. */
function isObjectIdentifier(written: string): boolean {
  const arcs = written.split(".");
  const [root = "", second = ""] = arcs;
  return arcs.every((arc) => /^(?:0|[1-9]\d*)$/.test(arc)) &&
    (root === "2" || /^[01]$/.test(root) && /^[1-3]?\d$/.test(second));
}

/** RFC 4514 section 3 `hexstring`, after its "#": one DER value of any type, checked at every level. */
function readHexValue(scanner: Scanner, type: AttributeType): Bytes {
  const value = Uint8Array.fromHex(scanner.match(/(?:[0-9A-Fa-f]{2})+/y) ?? "");
  scanner.skipSpaces();
  let text: string | undefined;
  try {
    const reader = new DerReader(value);
    const found = reader.next();
    reader.end();
    checkNested(found);
    text = textOf(found);
  } catch {
    throw scanner.error("value-not-der", type);
  }
  if (!valueTags.has(value[0] ?? 0)) throw scanner.error("value-not-a-string", type);
  if (text === "") throw scanner.error("value-missing", type);
  // RFC 5280 appendix A.1 allows only PrintableString for countryName.
  if (type.name === "C" && !isCountryCode(value)) throw scanner.error("not-a-country-code", type);
  return value;
}

/** Whether it is a DER PrintableString of two letters. */
function isCountryCode(value: Bytes): boolean {
  return /^1302(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]){2}$/.test(value.toHex());
}

/** RFC 4514 section 3 `string`, unescaped. */
function readString(scanner: Scanner, type: AttributeType): string {
  const bytes: number[] = [];
  // How many bytes to keep. Spaces after this point are trailing and unescaped, so they are dropped.
  let kept = 0;
  while (true) {
    const hex = scanner.match(/\\[0-9A-Fa-f]{2}/y);
    const escaped = scanner.match(/\\[ "#+,;<=>\\]/y);
    const plain = scanner.match(/[^\\",+;<>\0]/yu);
    if (hex !== undefined) bytes.push(parseInt(hex.slice(1), 16));
    if (escaped !== undefined) bytes.push(...utf8.encode(escaped.slice(1)));
    if (hex !== undefined || escaped !== undefined) kept = bytes.length;
    if (plain !== undefined) bytes.push(...utf8.encode(plain));
    if (plain !== undefined && plain !== " ") kept = bytes.length;
    if (hex === undefined && escaped === undefined && plain === undefined) break;
  }
  try {
    return strictUtf8.decode(Uint8Array.from(bytes.slice(0, kept)));
  } catch {
    throw scanner.error("value-not-utf8", type);
  }
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** PrintableString's characters, X.680 41.4. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

function encodeValue(type: AttributeType, value: string, scanner: Scanner): Bytes {
  const length = [...value].length;
  if (length === 0) throw scanner.error("value-missing", type);
  if (type.name === "C" && !/^[A-Za-z]{2}$/.test(value)) {
    throw scanner.error("not-a-country-code", type);
  }
  if (length > type.maxLength) throw scanner.error("value-too-long", type);
  switch (type.stringType) {
    case "printable":
      if (!printable.test(value)) throw scanner.error("value-not-printable-string", type);
      return printableString(value);
    case "ia5":
      if ([...value].some((character) => character > "\x7f")) {
        throw scanner.error("value-not-ascii", type);
      }
      return ia5String(value);
    case "utf8":
      return utf8String(value);
  }
}

class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    // A lone surrogate has no UTF-8 form, and must not silently become U+FFFD.
    if (!text.isWellFormed()) throw this.error("not-unicode");
    this.skipSpaces();
  }

  atEnd(): boolean {
    return this.#position === this.#text.length;
  }

  skipSpaces(): void {
    this.match(/ +/y);
  }

  take(character: string): boolean {
    if (!this.#text.startsWith(character, this.#position)) return false;
    this.#position++;
    return true;
  }

  /** Takes what the sticky `pattern` matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    this.#position += found?.length ?? 0;
    return found;
  }

  error(
    reason: InvalidDistinguishedNameError["reason"],
    type?: AttributeType,
  ): InvalidDistinguishedNameError {
    const attribute = type === undefined ? {} : { attribute: type.name };
    return new InvalidDistinguishedNameError(this.#text, this.#position, { reason, ...attribute });
  }
}
