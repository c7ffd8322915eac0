/** Reads serial numbers from certificates and CRLs. */
import { checkInteger, type DerReader, tag } from "../encoding/mod.ts";

/**
 * Reads a serial number. It may be 0 or negative: RFC 5280 4.1.2.2 forbids issuing these, but asks readers to
 * handle them.
 *
 * @param tooLong creates the error for more than 20 bytes, the maximum of RFC 5280 4.1.2.2.
 * @throws BadDerError, TruncatedDerError
 */
export function readSerialNumber(parts: DerReader, tooLong: () => Error): bigint {
  const value = parts.next(tag.integer);
  checkInteger(value);
  const { content } = value;
  // A 20-byte number may have one more byte: a zero that keeps it positive.
  if (content.length > (content[0] === 0 ? 21 : 20)) throw tooLong();
  return BigInt.asIntN(8 * content.length, BigInt(`0x${content.toHex()}`));
}
