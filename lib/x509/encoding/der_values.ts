/** The simple types of DER (ITU-T X.690 clauses 8 and 11), each read in its one canonical form. */
import { type DerReader, type DerValue, tag } from "./der_reader.ts";
import type { Bytes } from "./der_writer.ts";
import { BadDerError } from "../errors.ts";

/** BOOLEAN. TRUE is 0xff and nothing else (X.690 11.1). */
export function readBoolean(reader: DerReader): boolean {
  return booleanOf(reader.next(tag.boolean));
}

/** What a BOOLEAN says. */
export function booleanOf(value: DerValue): boolean {
  const [byte] = value.content;
  if (value.content.length !== 1 || (byte !== 0 && byte !== 0xff)) {
    throw new BadDerError(value.offset, "boolean");
  }
  return byte === 0xff;
}

/** INTEGER, as its content: two's complement in the fewest bytes (X.690 8.3), the sign bit never set. */
export function readUnsigned(reader: DerReader): Bytes {
  return unsignedOf(reader.next(tag.integer));
}

/** The content of an INTEGER that is not negative; `value` may be one under an IMPLICIT tag. */
export function unsignedOf(value: DerValue): Bytes {
  checkInteger(value);
  if ((value.content[0] ?? 0) >= 0x80) throw new BadDerError(value.offset, "negative-integer");
  return value.content;
}

/** Checks that an INTEGER, negative or not, takes the fewest bytes (X.690 8.3.2). */
export function checkInteger({ content, offset }: DerValue): void {
  const [first, second] = content;
  if (first === undefined) throw new BadDerError(offset, "empty-integer");
  if (second !== undefined && first === (second < 0x80 ? 0 : 0xff)) {
    throw new BadDerError(offset, "integer-not-minimal");
  }
}

/** INTEGER from 0 to 32767: versions, lengths of paths and salts. */
export function readSmallInteger(reader: DerReader): number {
  const value = reader.next(tag.integer);
  const [first = 0, second] = unsignedOf(value);
  if (value.content.length > 2) throw new BadDerError(value.offset, "integer-above-32767");
  return second === undefined ? first : first * 256 + second;
}

/** What an INTEGER holds without the zero byte that keeps it from being negative. */
export function withoutSignByte(unsigned: Bytes): Bytes {
  return unsigned[0] === 0 && unsigned.length > 1 ? unsigned.subarray(1) : unsigned;
}

/** How many bits an INTEGER's content takes, leading zeros left out. */
export function bitLength(unsigned: Bytes): number {
  const bytes = withoutSignByte(unsigned);
  return (bytes.length - 1) * 8 + (32 - Math.clz32(bytes[0] ?? 0));
}

/** OBJECT IDENTIFIER, in dots (X.690 8.19). */
export function readObjectIdentifier(reader: DerReader): string {
  return objectIdentifierOf(reader.next(tag.objectIdentifier));
}

/**
 * The most bytes of an OBJECT IDENTIFIER that are read: the longest in use has 20, and arithmetic on large
 * numbers takes time.
 */
export const objectIdentifierLimit = 64;

/** The dots of an OBJECT IDENTIFIER; `value` may be one under an IMPLICIT tag. */
export function objectIdentifierOf(value: DerValue): string {
  const { content, offset } = value;
  const isTooLong = content.length > objectIdentifierLimit;
  if (content.length === 0 || isTooLong || (content.at(-1) ?? 0) >= 0x80) {
    throw new BadDerError(offset, "object-identifier");
  }
  const numbers: bigint[] = [];
  let number = 0n;
  let isFirst = true;
  for (const byte of content) {
    if (isFirst && byte === 0x80) {
      throw new BadDerError(offset, "object-identifier-not-minimal");
    }
    number = (number << 7n) | BigInt(byte & 0x7f);
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    numbers.push(number);
    number = 0n;
  }
  const [head = 0n, ...rest] = numbers;
  const root = head < 80n ? head / 40n : 2n;
  return [root, head - root * 40n, ...rest].join(".");
}

/** BIT STRING. */
interface BitString {
  readonly bytes: Bytes;
  /** How many of the last byte's low bits do not count, 0 to 7; they are 0 (X.690 11.2.1). */
  readonly unusedBits: number;
}

/** Reads a BIT STRING. */
export function readBitString(reader: DerReader): BitString {
  return bitStringOf(reader.next(tag.bitString));
}

/** A BIT STRING's bits; `value` may be one under an IMPLICIT tag. */
export function bitStringOf(value: DerValue): BitString {
  const [unusedBits, ...rest] = value.content.subarray(0, 2);
  const bytes = value.content.subarray(1);
  if (unusedBits === undefined || unusedBits > 7 || (rest.length === 0 && unusedBits > 0)) {
    throw new BadDerError(value.offset, "bit-string");
  }
  if (((bytes.at(-1) ?? 0) & ((1 << unusedBits) - 1)) !== 0) {
    throw new BadDerError(value.offset, "unused-bits-set");
  }
  return { bytes, unusedBits };
}

/** Reads a BIT STRING that holds whole bytes: a key or a signature. */
export function readBitStringBytes(reader: DerReader): Bytes {
  return bytesOfBitString(reader.next(tag.bitString));
}

/** The bytes of a BIT STRING without unused bits; `value` may be one under an IMPLICIT tag. */
export function bytesOfBitString(value: DerValue): Bytes {
  const { bytes, unusedBits } = bitStringOf(value);
  if (unusedBits !== 0) throw new BadDerError(value.offset, "unused-bits");
  return bytes;
}

/** The content of an OCTET STRING. */
export function readOctetString(reader: DerReader): Bytes {
  return reader.next(tag.octetString).content;
}

/** Checks that a NULL is empty. */
export function checkNull(value: DerValue): void {
  if (value.content.length > 0) throw new BadDerError(value.offset, "null-with-content");
}

/**
 * UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 wants them: in UTC, to the second, without fractions.
 * UTCTime is a year from 1950 to 2049; GeneralizedTime is for the years after, and none before is taken.
 */
export function readTime(reader: DerReader): Date {
  return timeOf(reader.next());
}

/** The time in a UTCTime or GeneralizedTime. */
export function timeOf(value: DerValue): Date {
  const text = String.fromCharCode(...value.content.subarray(0, 16));
  const match = value.content.length > 16 ? null : timeForm(value.identifier)?.exec(text) ?? null;
  const [year = 0, month = 0, ...rest] = (match ?? []).slice(1).map(Number);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const fullYear = value.identifier === tag.generalizedTime
    ? year
    : year < 50
    ? 2000 + year
    : 1900 + year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A day, hour, minute or second that does not exist has been carried into the next larger unit.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day &&
    date.getUTCHours() === hour && date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (match === null || !exists || fullYear < 1950) {
    throw new BadDerError(value.offset, "time");
  }
  return date;
}

function timeForm(identifier: number): RegExp | undefined {
  if (identifier === tag.utcTime) return /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  if (identifier === tag.generalizedTime) return /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  return undefined;
}
