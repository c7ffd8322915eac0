/** Reads DER value by value (ITU-T X.690). */
import type { Bytes } from "./der_writer.ts";
import { BadDerError, TruncatedDerError } from "../errors.ts";

// One value after another, definite lengths in the fewest bytes, nothing left over. Nothing here is
// recursive: the grammar that reads the values limits how deep they nest, or, if there is none, the limit in
// `der_nested.ts`.

/** Identifier octets (X.690 8.1.2) of the types used in certificates and keys. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const;

/** The bit that marks a constructed value: one that contains other values (X.690 8.1.2.5). */
export const constructedBit = 0x20;

/** `[number]` IMPLICIT of a primitive type. */
export function contextTag(number: number): number {
  return 0x80 | number;
}

/** `[number]` EXPLICIT, or IMPLICIT of a constructed type. */
export function constructedContextTag(number: number): number {
  return 0xa0 | number;
}

/** One DER value: identifier, length, content. */
export interface DerValue {
  readonly identifier: number;
  /** Where the identifier is, in bytes from the start of the outermost value. */
  readonly offset: number;
  /** The complete value. Like `content`, a view of the input. */
  readonly der: Bytes;
  readonly content: Bytes;
}

/** Reads a sequence of DER values. */
export class DerReader {
  readonly #bytes: Bytes;
  readonly #offset: number;
  #position = 0;

  /** @param offset where `bytes` start in the outermost value, for errors. */
  constructor(bytes: Bytes, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** Whether all values have been read. */
  isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  /**
   * Reads the next value: any, or one with this identifier.
   *
   * @throws TruncatedDerError, BadDerError
   */
  next(identifier?: number): DerValue {
    const start = this.#position;
    const offset = this.#offset + start;
    const found = this.#byte(start, offset);
    if (identifier !== undefined && found !== identifier) {
      throw new BadDerError(offset, "wrong-type", { found, wanted: identifier });
    }
    checkIdentifier(found, offset);
    const { length, size } = this.#length(start + 1, offset);
    const content = start + 1 + size;
    const end = content + length;
    if (end > this.#bytes.length) throw this.#cutOff(offset);
    this.#position = end;
    return {
      identifier: found,
      offset,
      der: this.#bytes.subarray(start, end),
      content: this.#bytes.subarray(content, end),
    };
  }

  /** The identifier of the next value; `undefined` at the end. Reads nothing. */
  peek(): number | undefined {
    return this.#bytes[this.#position];
  }

  /** Reads the next value if it has this identifier. */
  optional(identifier: number): DerValue | undefined {
    return this.peek() === identifier ? this.next(identifier) : undefined;
  }

  /** Reads a constructed value and its content; `read` must consume all of it. */
  inside<T>(identifier: number, read: (reader: DerReader) => T): T {
    return readInside(this.next(identifier), read);
  }

  /** @throws BadDerError if anything is left. */
  end(): void {
    if (!this.isAtEnd()) throw new BadDerError(this.#offset + this.#position, "trailing-bytes");
  }

  /** X.690 10.1: the definite form, in the fewest bytes. */
  #length(position: number, offset: number): { length: number; size: number } {
    const first = this.#byte(position, offset);
    if (first < 0x80) return { length: first, size: 1 };
    if (first === 0x80) throw new BadDerError(offset, "indefinite-length");
    const count = first & 0x7f;
    // No file that is read can hold four gigabytes.
    if (count > 4) throw new BadDerError(offset, "length-above-4-gib");
    let length = 0;
    for (let index = 1; index <= count; index++) {
      length = length * 256 + this.#byte(position + index, offset);
    }
    if (length < 0x80 || length < 256 ** (count - 1)) {
      throw new BadDerError(offset, "length-not-minimal");
    }
    return { length, size: 1 + count };
  }

  #byte(position: number, offset: number): number {
    const byte = this.#bytes[position];
    if (byte === undefined) throw this.#cutOff(offset);
    return byte;
  }

  /** A file that was cut off truncates only the outermost value. Inside another value, the DER is invalid. */
  #cutOff(offset: number): TruncatedDerError | BadDerError {
    return this.#offset === 0
      ? new TruncatedDerError(offset)
      : new BadDerError(offset, "exceeds-outer-value");
  }
}

/** Reads the content of a constructed value, or of an OCTET STRING with DER; `read` must consume it all. */
export function readInside<T>(value: DerValue, read: (reader: DerReader) => T): T {
  const reader = new DerReader(
    value.content,
    value.offset + value.der.length - value.content.length,
  );
  const result = read(reader);
  reader.end();
  return result;
}

/** Reads `der` as exactly one value with this identifier. */
export function readWhole<T>(
  der: Bytes,
  identifier: number,
  read: (reader: DerReader) => T,
): T {
  const reader = new DerReader(der);
  const result = reader.inside(identifier, read);
  reader.end();
  return result;
}

/** The result of `read`; `undefined` if the bytes are not DER, or not the DER that it expects. */
export function ifDer<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadDerError || error instanceof TruncatedDerError) return undefined;
    throw error;
  }
}

/** X.690 8.1.2, 10.2: SEQUENCE, SET and similar types are constructed, other universal types primitive. */
function checkIdentifier(identifier: number, offset: number): void {
  const number = identifier & 0x1f;
  if (number === 0x1f) throw new BadDerError(offset, "tag-number-above-30");
  if ((identifier & 0xc0) !== 0) return;
  if (number === 0) throw new BadDerError(offset, "end-of-contents");
  if (number === 0x0f) throw new BadDerError(offset, "reserved-tag-number");
  const mustBeConstructed = number === 0x08 || number === 0x0b || number === 0x10 ||
    number === 0x11;
  if (mustBeConstructed !== ((identifier & constructedBit) !== 0)) {
    throw new BadDerError(offset, "constructed-or-primitive");
  }
}
