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

/** Encoded entries of a CRL, in the order in which they were added. */
export class EncodedEntries {
  /** Full ones. */
  readonly #blocks: Bytes[] = [];
  #block = new Uint8Array(firstBlock);
  #used = 0;
  #length = 0;
  #size = 0;
  // Few differ from the one before.
  #lastTime: { readonly at: number; readonly encoded: Bytes } | undefined;
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
    const at = this.#time(revokedAt);
    const content = number.length + at.length + extensions.length;
    const block = this.#block;
    let used = this.#used;
    // Always below 128: one byte of length.
    block[used++] = tag.sequence;
    block[used++] = content;
    for (const part of [number, at, extensions]) {
      for (let index = 0; index < part.length; index++) block[used++] = part[index] ?? 0;
    }
    this.#used = used;
    this.#size += 2 + content;
    this.#length++;
  }

  #time(date: Date): Bytes {
    const at = date.getTime();
    if (this.#lastTime?.at !== at) this.#lastTime = { at, encoded: time(date) };
    return this.#lastTime.encoded;
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

/**
 * crlEntryExtensions; empty for `unspecified`: "the reason code CRL entry extension SHOULD be absent instead
 * of using the unspecified (0) reasonCode value" (RFC 5280 5.3.1).
 */
function encodeExtensions(reason: RevocationReason): Bytes {
  return reason === "unspecified"
    ? new Uint8Array()
    : sequence(reasonCode(revocationReasons[reason]));
}
