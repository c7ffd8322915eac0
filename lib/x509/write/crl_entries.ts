/** Encodes the entries of a CRL one after the other, as they are read: there may be a million. */
import { type Bytes, integer, sequence, tag, time } from "../encoding/mod.ts";
import { type RevocationReason, revocationReasons } from "../read/mod.ts";
import { reasonCode } from "./extensions.ts";

/** An entry of a CRL. */
export interface RevokedCertificate {
  readonly serial: bigint;
  /** To the second. */
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

/** How much is allocated at first, and at most at a time, in bytes: a CA may have a thousand CRLs. */
const firstBlock = 1024;
const largestBlock = 1024 * 1024;

/** The largest entry: 2 bytes, a serial number of 22, GeneralizedTime of 17, a reason of 14. */
const largestEntry = 64;

/** The largest time: GeneralizedTime to the second. */
const largestTime = 17;

/** Encoded entries of a CRL, in the order in which they were added. */
export class EncodedEntries {
  /** Full ones. */
  readonly #blocks: Bytes[] = [];
  #block = new Uint8Array(firstBlock);
  #used = 0;
  #length = 0;
  #size = 0;
  readonly #time = new Uint8Array(largestTime);
  #timeLength = 0;
  #lastTime: number | undefined;
  readonly #extensions = new Map<RevocationReason, Bytes>();

  /** The encoded entries of a list. */
  static of(list: Iterable<RevokedCertificate>): EncodedEntries {
    const entries = new EncodedEntries();
    for (const revoked of list) entries.add(revoked);
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

  /** Adds one at the end. */
  add({ serial, revokedAt, reason }: RevokedCertificate): void {
    if (this.#used + largestEntry > this.#block.length) {
      this.#blocks.push(this.#block.subarray(0, this.#used));
      this.#block = new Uint8Array(Math.min(2 * this.#block.length, largestBlock));
      this.#used = 0;
    }
    const extensions = this.#extensions.get(reason) ?? encodeExtensions(reason);
    this.#extensions.set(reason, extensions);
    const number = integer(serial);
    this.#encodeTime(revokedAt);
    const content = number.length + this.#timeLength + extensions.length;
    const block = this.#block;
    let used = this.#used;
    // Always below 128: one byte of length.
    block[used++] = tag.sequence;
    block[used++] = content;
    const times = this.#time;
    for (let index = 0; index < number.length; index++) block[used++] = number[index] ?? 0;
    for (let index = 0; index < this.#timeLength; index++) block[used++] = times[index] ?? 0;
    for (let index = 0; index < extensions.length; index++) block[used++] = extensions[index] ?? 0;
    this.#used = used;
    this.#size += 2 + content;
    this.#length++;
  }

  /** Encodes a time, unless it is the one before. */
  #encodeTime(date: Date): void {
    const at = date.getTime();
    if (this.#lastTime === at) return;
    this.#lastTime = at;
    this.#timeLength = writeTime(this.#time, date);
  }

  /** Copies all of them. Keeps none: they are not needed twice, and memory is. */
  moveTo(target: Uint8Array): void {
    let at = 0;
    this.#blocks.push(this.#block.subarray(0, this.#used));
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      target.set(block, at);
      at += block.length;
    }
    this.#block = new Uint8Array(firstBlock);
    this.#used = this.#size = this.#length = 0;
  }
}

/** Writes what `time` of the DER writer makes, without a text in between. @returns its length. */
function writeTime(target: Uint8Array, date: Date): number {
  const year = date.getUTCFullYear();
  // Every other one is rare.
  if (!(year >= 1950 && year < 2050)) {
    const encoded = time(date);
    target.set(encoded);
    return encoded.length;
  }
  target[0] = tag.utcTime;
  target[1] = 13;
  writeDigits(target, 2, year % 100);
  writeDigits(target, 4, date.getUTCMonth() + 1);
  writeDigits(target, 6, date.getUTCDate());
  writeDigits(target, 8, date.getUTCHours());
  writeDigits(target, 10, date.getUTCMinutes());
  writeDigits(target, 12, date.getUTCSeconds());
  target[14] = 0x5a;
  return 15;
}

/** Two decimal digits in ASCII. */
function writeDigits(target: Uint8Array, at: number, value: number): void {
  target[at] = 0x30 + Math.floor(value / 10);
  target[at + 1] = 0x30 + value % 10;
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
