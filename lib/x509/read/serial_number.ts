/** Serial numbers, read from certificates and CRLs. */
import { type DerReader, tag } from "../encoding/der_reader.ts";
import { checkInteger } from "../encoding/der_values.ts";

/**
 * Reads a serial number. It may be 0 or negative: RFC 5280 4.1.2.2 forbids to issue such, and asks readers to
 * handle them.
 *
 * @param tooLong makes the error for more than 20 bytes, the most that RFC 5280 4.1.2.2 allows.
 * @throws BadDerError, TruncatedDerError
 */
export function readSerialNumber(parts: DerReader, tooLong: () => Error): bigint {
  const value = parts.next(tag.integer);
  checkInteger(value);
  const { content } = value;
  // One more byte keeps a number of 20 from being negative.
  if (content.length > (content[0] === 0 ? 21 : 20)) throw tooLong();
  return BigInt.asIntN(8 * content.length, BigInt(`0x${content.toHex()}`));
}
