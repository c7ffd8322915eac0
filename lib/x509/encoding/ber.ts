/** BER as DER: NSS, Windows and Java write indefinite lengths and strings in pieces (ITU-T X.690 8). */
import { joined } from "../../system/mod.ts";
import { BadDerError, TruncatedDerError } from "../errors.ts";
import { tag } from "./der_reader.ts";
import { type Bytes, encodeValue, encodeValueOf } from "./der_writer.ts";

/** Deeper than any file that programs write. */
const depthLimit = 32;

/** An OCTET STRING in pieces (X.690 8.7.3). */
const octetStringInPieces = 0x24;

/**
 * Writes one BER value again with definite lengths in the fewest bytes, and OCTET STRINGs in one piece. What
 * is in an OCTET STRING stays as it is.
 *
 * @throws TruncatedDerError, BadDerError
 */
export function toDer(ber: Bytes): Bytes {
  const { der, end } = convert(ber, { start: 0, limit: ber.length, depth: 0, isEnclosed: false });
  if (end !== ber.length) throw new BadDerError(end, "trailing-bytes");
  return der;
}

/** The part of the bytes in which a value is looked for. */
interface Part {
  readonly start: number;
  readonly limit: number;
  readonly depth: number;
  /** Whether a value around it has a definite length: then all of that is there. */
  readonly isEnclosed: boolean;
}

/** One value, converted, and where the next one begins. */
interface Converted {
  readonly der: Bytes;
  /** Without identifier and length. */
  readonly content: Bytes;
  readonly end: number;
}

function convert(ber: Bytes, part: Part): Converted {
  const { start, limit, depth, isEnclosed } = part;
  if (depth > depthLimit) throw new BadDerError(start, "nested-too-deep");
  const identifier = byteAt(ber, start, part);
  if ((identifier & 0x1f) === 0x1f) throw new BadDerError(start, "tag-number-above-30");
  if (identifier === 0) throw new BadDerError(start, "end-of-contents");
  const { length, size } = lengthAt(ber, start + 1, part);
  const begin = start + 1 + size;
  const isConstructed = (identifier & 0x20) !== 0;
  if (length === undefined && !isConstructed) throw new BadDerError(start, "indefinite-length");
  if (length !== undefined && begin + length > limit) throw cutOff(part);
  if (!isConstructed) {
    const end = begin + (length ?? 0);
    const content = ber.subarray(begin, end);
    return { der: encodeValue(identifier, content), content, end };
  }
  const isInPieces = identifier === octetStringInPieces;
  const inner = length === undefined
    ? { start: begin, limit, depth, isEnclosed }
    : { start: begin, limit: begin + length, depth, isEnclosed: true };
  const { values, end } = valuesIn(ber, inner, length === undefined);
  if (!isInPieces) {
    const der = encodeValueOf(identifier, values.map(({ der }) => der));
    return { der, content: der, end };
  }
  if (values.some(({ der }) => der[0] !== tag.octetString)) {
    throw new BadDerError(start, "constructed-or-primitive");
  }
  const content = joined(values.map(({ content }) => content));
  return { der: encodeValue(tag.octetString, content), content, end };
}

/** The values up to the end of a part or, if its length is indefinite, up to end-of-contents (8.1.5). */
function valuesIn(
  ber: Bytes,
  part: Part,
  isIndefinite: boolean,
): { readonly values: readonly Converted[]; readonly end: number } {
  const { start, limit, depth } = part;
  const values: Converted[] = [];
  let position = start;
  while (isIndefinite || position < limit) {
    if (isIndefinite && byteAt(ber, position, part) === 0) {
      if (byteAt(ber, position + 1, part) === 0) return { values, end: position + 2 };
    }
    const value = convert(ber, { ...part, start: position, depth: depth + 1 });
    values.push(value);
    position = value.end;
  }
  return { values, end: position };
}

/** A length (X.690 8.1.3), in up to four bytes; `undefined`: indefinite. */
function lengthAt(
  ber: Bytes,
  position: number,
  part: Part,
): { readonly length: number | undefined; readonly size: number } {
  const first = byteAt(ber, position, part);
  if (first < 0x80) return { length: first, size: 1 };
  const count = first & 0x7f;
  if (count === 0) return { length: undefined, size: 1 };
  if (count > 4) throw new BadDerError(position, "length-above-4-gib");
  let length = 0;
  for (let index = 1; index <= count; index++) {
    length = length * 256 + byteAt(ber, position + index, part);
  }
  return { length, size: 1 + count };
}

function byteAt(ber: Bytes, position: number, part: Part): number {
  const byte = position < part.limit ? ber[position] : undefined;
  if (byte === undefined) throw cutOff(part);
  return byte;
}

/** Within another value, which is there as a whole, nothing can be missing because a file was cut off. */
function cutOff({ start, isEnclosed }: Part): TruncatedDerError | BadDerError {
  return isEnclosed ? new BadDerError(start, "exceeds-outer-value") : new TruncatedDerError(start);
}
