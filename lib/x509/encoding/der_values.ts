/** Reads the simple types of DER (ITU-T X.690 clauses 8 and 11), each only in its canonical form. */
import { type DerReader, type DerValue, tag } from "./der_reader.ts";
import type { Bytes } from "./der_writer.ts";
import { BadDerError } from "../errors.ts";

/** Reads a BOOLEAN. TRUE must be 0xff (X.690 11.1). */
export function readBoolean(reader: DerReader): boolean {
  return booleanOf(reader.next(tag.boolean));
}

/** The value of a BOOLEAN. */
export function booleanOf(value: DerValue): boolean {
  const [byte] = value.content;
  if (value.content.length !== 1 || (byte !== 0 && byte !== 0xff)) {
    throw new BadDerError(value.offset, "boolean");
  }
  return byte === 0xff;
}

/** Reads an INTEGER that is not negative, as its content: two's complement, fewest bytes (X.690 8.3). */
export function readUnsigned(reader: DerReader): Bytes {
  return unsignedOf(reader.next(tag.integer));
}

/** The content of an INTEGER that is not negative. It may have an IMPLICIT tag. */
export function unsignedOf(value: DerValue): Bytes {
  checkInteger(value);
  if ((value.content[0] ?? 0) >= 0x80) throw new BadDerError(value.offset, "negative-integer");
  return value.content;
}

/** Checks that an INTEGER of any sign has the fewest bytes (X.690 8.3.2). */
export function checkInteger({ content, offset }: DerValue): void {
  const [first, second] = content;
  if (first === undefined) throw new BadDerError(offset, "empty-integer");
  if (second !== undefined && first === (second < 0x80 ? 0 : 0xff)) {
    throw new BadDerError(offset, "integer-not-minimal");
  }
}

/** Reads an INTEGER from 0 to 32767: a version, the length of a path or salt. */
export function readSmallInteger(reader: DerReader): number {
  const value = reader.next(tag.integer);
  const [first = 0, second] = unsignedOf(value);
  if (value.content.length > 2) throw new BadDerError(value.offset, "integer-above-32767");
  return second === undefined ? first : first * 256 + second;
}

/** The content of an INTEGER without the zero byte that marks it as not negative. */
export function withoutSignByte(unsigned: Bytes): Bytes {
  return unsigned[0] === 0 && unsigned.length > 1 ? unsigned.subarray(1) : unsigned;
}

/** The number of bits of an INTEGER's content, without leading zeros. */
export function bitLength(unsigned: Bytes): number {
  const bytes = withoutSignByte(unsigned);
  return (bytes.length - 1) * 8 + (32 - Math.clz32(bytes[0] ?? 0));
}

/** Reads an OBJECT IDENTIFIER as text in dots (X.690 8.19). */
export function readObjectIdentifier(reader: DerReader): string {
  return objectIdentifierOf(reader.next(tag.objectIdentifier));
}

/**
 * The longest OBJECT IDENTIFIER that is read, in bytes. The longest in use has 20; arithmetic on very large
 * numbers would take too long.
 */
export const objectIdentifierLimit = 64;

/** An OBJECT IDENTIFIER in dots. It may have an IMPLICIT tag. */
export function objectIdentifierOf(value: DerValue): string {
  const { content, offset } = value;
  const isTooLong = content.length > objectIdentifierLimit;
  if (content.length === 0 || isTooLong || (content.at(-1) ?? 0) >= 0x80) {
    throw new BadDerError(offset, "object-identifier");
  }
  const numbers: (number | bigint)[] = [];
  let number: number | bigint = 0;
  let isFirst = true;
  for (const byte of content) {
    if (isFirst && byte === 0x80) {
      throw new BadDerError(offset, "object-identifier-not-minimal");
    }
    number = shiftedIn(number, byte & 0x7f);
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    numbers.push(number);
    number = 0;
  }
  const [head = 0, ...rest] = numbers;
  if (head < 80) {
    const root = head < 40 ? 0 : 1;
    return [root, Number(head) - root * 40, ...rest].join(".");
  }
  return [2, typeof head === "number" ? head - 80 : head - 80n, ...rest].join(".");
}

/** The largest number to which seven more bits can be added without a bigint. */
const shiftable = 0x3f_ffff_ffff;

/** Nearly all numbers are small: the first bigint of a process costs as much as reading a whole name. */
function shiftedIn(number: number | bigint, bits: number): number | bigint {
  return typeof number === "number" && number <= shiftable
    ? number * 0x80 + bits
    : (BigInt(number) << 7n) | BigInt(bits);
}

/** The content of a BIT STRING. */
interface BitString {
  readonly bytes: Bytes;
  /** How many low bits of the last byte are unused: 0 to 7. They are 0 (X.690 11.2.1). */
  readonly unusedBits: number;
}

/** Reads a BIT STRING. */
export function readBitString(reader: DerReader): BitString {
  return bitStringOf(reader.next(tag.bitString));
}

/** The content of a BIT STRING. It may have an IMPLICIT tag. */
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

/** The bytes of a BIT STRING without unused bits. It may have an IMPLICIT tag. */
export function bytesOfBitString(value: DerValue): Bytes {
  const { bytes, unusedBits } = bitStringOf(value);
  if (unusedBits !== 0) throw new BadDerError(value.offset, "unused-bits");
  return bytes;
}

/** Reads the content of an OCTET STRING. */
export function readOctetString(reader: DerReader): Bytes {
  return reader.next(tag.octetString).content;
}

/** Checks that a NULL is empty. */
export function checkNull(value: DerValue): void {
  if (value.content.length > 0) throw new BadDerError(value.offset, "null-with-content");
}

/**
 * Reads UTCTime or GeneralizedTime in the form of RFC 5280 4.1.2.5: UTC, to the second, without fractions.
 * UTCTime is used for the years 1950 to 2049, GeneralizedTime for 2050 and later.
 */
export function readTime(reader: DerReader): Date {
  return timeOf(reader.next());
}

/** Reads a GeneralizedTime in the form of {@linkcode readTime}. */
export function readGeneralizedTime(reader: DerReader): Date {
  return timeOf(reader.next(tag.generalizedTime));
}

/** The time in a UTCTime or GeneralizedTime value. */
export function timeOf(value: DerValue): Date {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = timeFields(value);
  const fullYear = value.identifier === tag.generalizedTime
    ? year
    : year < 50
    ? 2000 + year
    : 1900 + year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // Date.UTC carries a day, hour, minute or second that does not exist over into the next unit.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day &&
    date.getUTCHours() === hour && date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  // Without fields, the month does not exist.
  if (!exists || fullYear < 1950) {
    throw new BadDerError(value.offset, "time");
  }
  return date;
}

/** How many digits the year of a time has, by its type. */
const yearDigits: Readonly<Record<number, number>> = {
  [tag.utcTime]: 2,
  [tag.generalizedTime]: 4,
};

/** Year, month, day, hour, minute and second as a time has them; none if it has another form. */
function timeFields({ identifier, content }: DerValue): number[] {
  const digits = yearDigits[identifier] ?? 0;
  const end = digits + 10;
  if (digits === 0 || content.length !== end + 1 || content[end] !== 0x5a) return [];
  for (let at = 0; at < end; at++) {
    const byte = content[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) return [];
  }
  const two = (at: number): number => (content[at] ?? 0) * 10 + (content[at + 1] ?? 0) - 0x30 * 11;
  const year = digits === 2 ? two(0) : two(0) * 100 + two(2);
  return [
    year,
    two(digits),
    two(digits + 2),
    two(digits + 4),
    two(digits + 6),
    two(digits + 8),
  ];
}
