/** Writes DER (ITU-T X.690 clauses 8, 10 and 11). */
// Every function returns one complete value: identifier, length, content. Constructed values take complete
// values, so that bytes from elsewhere (a subject, a public key) are copied and never encoded again.
import { tag } from "./der_reader.ts";

/** Bytes with an ArrayBuffer, as WebCrypto requires. */
export type Bytes = Uint8Array<ArrayBuffer>;

const text = new TextEncoder();

/** SEQUENCE (or SEQUENCE OF) of complete values, in the order given. */
export function sequence(...values: readonly Uint8Array[]): Bytes {
  return encode(tag.sequence, values);
}

/** {@linkcode sequence} for any number of values: a call cannot have hundreds of thousands of arguments. */
export function sequenceOf(values: readonly Uint8Array[]): Bytes {
  return encode(tag.sequence, values);
}

/** SET OF complete values, sorted by their encodings (X.690 11.6). */
export function setOf(...values: readonly Uint8Array[]): Bytes {
  return encode(tag.set, [...values].sort(compareBytes));
}

/** INTEGER in the fewest bytes (X.690 8.3). @param value not negative. */
export function integer(value: bigint): Bytes {
  if (value < 0n) throw new RangeError(`negative INTEGER: ${value}`);
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  // If the first bit is set, a zero byte keeps the number positive.
  const signed = even.charAt(0) >= "8" ? `00${even}` : even;
  const length = signed.length / 2;
  // Most integers are short, and a CRL has a million of them.
  return length < 0x80
    ? Uint8Array.fromHex(`02${length < 16 ? "0" : ""}${length.toString(16)}${signed}`)
    : encode(tag.integer, [Uint8Array.fromHex(signed)]);
}

/** ENUMERATED with a value from 0 to 127. */
export function enumerated(value: number): Bytes {
  return encode(tag.enumerated, [Uint8Array.of(value)]);
}

/** BOOLEAN TRUE (X.690 11.1). FALSE is the default everywhere in certificates, and therefore omitted. */
export function booleanTrue(): Bytes {
  return encode(tag.boolean, [Uint8Array.of(0xff)]);
}

/** NULL. */
export function nullValue(): Bytes {
  return encode(tag.null, []);
}

/**
 * BIT STRING.
 *
 * @param unusedBits how many low bits of the last byte are unused. They must be 0 (X.690 11.2.1).
 */
export function bitString(bytes: Uint8Array, unusedBits = 0): Bytes {
  return encode(tag.bitString, [Uint8Array.of(unusedBits), bytes]);
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Bytes {
  return encode(tag.octetString, [bytes]);
}

/** OBJECT IDENTIFIER from its dotted form, `2.5.4.3` (X.690 8.19). */
export function objectIdentifier(dotted: string): Bytes {
  const known = identifiers.get(dotted);
  if (known !== undefined) return known;
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const encoded = encode(tag.objectIdentifier, [
    Uint8Array.from([first * 40n + second, ...rest].flatMap(toBase128)),
  ]);
  // The same few are in every certificate.
  if (identifiers.size < 100) identifiers.set(dotted, encoded);
  return encoded;
}

const identifiers = /* @__PURE__ */ new Map<string, Bytes>();

/** UTF8String. */
export function utf8String(value: string): Bytes {
  return encode(tag.utf8String, [text.encode(value)]);
}

/** PrintableString. @param value only characters of X.680 41.4; the caller must check this. */
export function printableString(value: string): Bytes {
  return encode(tag.printableString, [text.encode(value)]);
}

/** IA5String. @param value only characters up to U+007F; the caller must check this. */
export function ia5String(value: string): Bytes {
  return encode(tag.ia5String, [text.encode(value)]);
}

/** The last second that a certificate can name (RFC 5280 4.1.2.5). It means "no expiry date". */
export const lastTime = new Date("9999-12-31T23:59:59Z");

/**
 * Time to the second (RFC 5280 4.1.2.5): UTCTime through 2049, GeneralizedTime from 2050 on.
 *
 * @param date from 1950, the first year of UTCTime, to {@linkcode lastTime}.
 */
export function time(date: Date): Bytes {
  const digits = digitsOfTime(date);
  return date.getUTCFullYear() < 2050
    ? encode(tag.utcTime, [text.encode(digits.slice(2))])
    : encode(tag.generalizedTime, [text.encode(digits)]);
}

/** GeneralizedTime to the second, for extensions without UTCTime. @param date as for {@linkcode time}. */
export function generalizedTime(date: Date): Bytes {
  return encode(tag.generalizedTime, [text.encode(digitsOfTime(date))]);
}

function digitsOfTime(date: Date): string {
  if (date.getUTCFullYear() < 1950 || date.getTime() >= lastTime.getTime() + 1000) {
    throw new RangeError(`not a time of a certificate: ${date.toISOString()}`);
  }
  const text = date.toISOString();
  return text.slice(0, 4) + text.slice(5, 7) + text.slice(8, 10) + text.slice(11, 13) +
    text.slice(14, 16) + text.slice(17, 19) + "Z";
}

/** `[number] EXPLICIT`, or IMPLICIT of a constructed type: complete values inside a context tag. */
export function contextConstructed(number: number, ...values: readonly Uint8Array[]): Bytes {
  return encode(0xa0 | number, values);
}

/** `[number] IMPLICIT` of a primitive type. @param content without tag and length. */
export function contextPrimitive(number: number, content: Uint8Array): Bytes {
  return encode(0x80 | number, [content]);
}

/** A value of any type that has no function here: its identifier, then content or complete values. */
export function encodeValue(identifier: number, ...parts: readonly Uint8Array[]): Bytes {
  return encode(identifier, parts);
}

/** {@linkcode encodeValue} for any number of values, as {@linkcode sequenceOf}. */
export function encodeValueOf(identifier: number, parts: readonly Uint8Array[]): Bytes {
  return encode(identifier, parts);
}

/** Identifier and length of a value whose content follows. @param length of the content. */
export function encodeHeader(identifier: number, length: number): Bytes {
  const bytes = new Uint8Array(headerSize(length));
  writeHeader(bytes, identifier, length);
  return bytes;
}

// A certificate has sixty values, and a batch thousands of certificates: no array for each header.
function encode(identifier: number, parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  let offset = headerSize(length);
  const bytes = new Uint8Array(offset + length);
  writeHeader(bytes, identifier, length);
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** How many bytes identifier and length take. */
function headerSize(length: number): number {
  if (length < 0x80) return 2;
  let size = 2;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size++;
  return size;
}

/** Writes identifier and length: the length in definite form, in the fewest bytes (X.690 10.1). */
function writeHeader(bytes: Uint8Array, identifier: number, length: number): void {
  bytes[0] = identifier;
  if (length < 0x80) {
    bytes[1] = length;
    return;
  }
  let at = headerSize(length) - 1;
  bytes[1] = 0x80 | (at - 1);
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes[at--] = rest % 256;
}

function toBase128(component: bigint): number[] {
  const digits = [Number(component & 0x7fn)];
  for (let rest = component >> 7n; rest > 0n; rest >>= 7n) {
    digits.unshift(Number(rest & 0x7fn) | 0x80);
  }
  return digits;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
