/** Encodes the entries of a CRL one after the other, as they are read: there may be a million. */
import { release } from "../../system/mod.ts";
import { type Bytes, sequence, tag, time } from "../encoding/mod.ts";
import { type RevocationReason, revocationReasons } from "../read/mod.ts";
import { formatSerial } from "../serial.ts";
import { reasonCode } from "./extensions.ts";

/** An entry of a CRL. */
export interface RevokedCertificate {
  readonly serial: bigint;
  /** To the second. */
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

/** An entry of a CRL as the store of a CA has it. Its texts are encoded digit by digit. */
export interface WrittenRevocation {
  /** Formatted by `formatSerial`. */
  readonly serial: string;
  /** RFC 3339, UTC, to the second. */
  readonly revokedAt: string;
  readonly reason: RevocationReason;
}

/** How much is allocated at first, and at most at a time, in bytes: a CA may have a thousand CRLs. */
const firstBlock = 1024;
const largestBlock = 1024 * 1024;

/** The largest entry: 2 bytes, a serial number of 22, GeneralizedTime of 17, a reason of 14. */
const largestEntry = 64;

/** The most hexadecimal digits of a serial number (RFC 5280 4.1.2.2). */
const mostDigits = 40;

/** Encoded entries of a CRL, in the order in which they were added. */
export class EncodedEntries {
  /** Full ones. */
  readonly #blocks: Bytes[] = [];
  #block = new Uint8Array(firstBlock);
  #used = 0;
  #length = 0;
  #size = 0;
  readonly #extensions = new Map<RevocationReason, Bytes>();

  /** The encoded entries of a list. */
  static of(list: Iterable<RevokedCertificate>): EncodedEntries {
    const entries = new EncodedEntries();
    for (const { serial, revokedAt, reason } of list) {
      entries.add({ serial: formatSerial(serial), revokedAt: toSecond(revokedAt), reason });
    }
    return entries;
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Their size in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Adds one at the end. @throws RangeError for a serial number or a time that no certificate can have. */
  add({ serial, revokedAt, reason }: WrittenRevocation): void {
    if (this.#used + largestEntry > this.#block.length) {
      this.#blocks.push(this.#block.subarray(0, this.#used));
      this.#block = new Uint8Array(Math.min(2 * this.#block.length, largestBlock));
      this.#used = 0;
    }
    const extensions = this.#extensions.get(reason) ?? encodeExtensions(reason);
    this.#extensions.set(reason, extensions);
    const block = this.#block;
    const begin = this.#used;
    let used = writeSerial(block, begin + 2, serial);
    used = writeTime(block, used, revokedAt);
    for (let index = 0; index < extensions.length; index++) block[used++] = extensions[index] ?? 0;
    // Always below 128: one byte of length.
    block[begin] = tag.sequence;
    block[begin + 1] = used - begin - 2;
    this.#used = used;
    this.#size += used - begin;
    this.#length++;
  }

  /** Copies all of them. Keeps none: they are not needed twice, and memory is. */
  moveTo(target: Uint8Array): void {
    let at = 0;
    this.#blocks.push(this.#block.subarray(0, this.#used));
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      target.set(block, at);
      at += block.length;
      release(block);
    }
    this.#block = new Uint8Array(firstBlock);
    this.#used = this.#size = this.#length = 0;
  }
}

/** RFC 3339, UTC, to the second. */
function toSecond(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** Writes what `integer` of the DER writer makes, without a number in between. @returns where it ends. */
function writeSerial(target: Uint8Array, at: number, serial: string): number {
  const { length } = serial;
  if (length === 0 || length > mostDigits) throw new RangeError(`serial number: ${serial}`);
  let next = at + 2;
  let digit = 0;
  if (length % 2 === 1) target[next++] = digitAt(serial, digit++);
  // If the first bit is set, a zero byte keeps the number positive.
  else if (digitAt(serial, 0) >= 8) target[next++] = 0;
  while (digit < length) {
    target[next++] = digitAt(serial, digit) * 16 + digitAt(serial, digit + 1);
    digit += 2;
  }
  target[at] = tag.integer;
  target[at + 1] = next - at - 2;
  return next;
}

/** The value of a hexadecimal digit. */
function digitAt(serial: string, index: number): number {
  const code = serial.charCodeAt(index);
  const value = code < 0x61 ? code - 0x30 : code - 0x61 + 10;
  const isDigit = value >= 0 && (code < 0x61 ? value < 10 : value < 16);
  if (!isDigit) throw new RangeError(`serial number: ${serial}`);
  return value;
}

/** Where the digits of a UTCTime are in RFC 3339: the year has only its last two. */
const placesOfDigits: readonly number[] = [2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18];

/** Writes what `time` of the DER writer makes, without a date in between. @returns where it ends. */
function writeTime(target: Uint8Array, at: number, written: string): number {
  // Every other year is rare.
  if (!(written.length === 20 && written >= "1950" && written < "2050")) {
    const encoded = time(new Date(written));
    target.set(encoded, at);
    return at + encoded.length;
  }
  target[at] = tag.utcTime;
  target[at + 1] = 13;
  for (let index = 0; index < 12; index++) {
    target[at + 2 + index] = written.charCodeAt(placesOfDigits[index] ?? 0);
  }
  target[at + 14] = 0x5a;
  return at + 15;
}

/**
 * crlEntryExtensions; empty for `unspecified`: "the reason code CRL entry extension SHOULD be absent instead
 * of using the unspecified (0) reasonCode value" (RFC 5280 5.3.1).
 */
function encodeExtensions(reason: RevocationReason): Bytes {
  return reason === "unspecified"
    ? new Uint8Array()
    : sequence(reasonCode(revocationReasons[reason]));
}
