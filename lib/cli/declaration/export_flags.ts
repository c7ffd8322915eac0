/** How the values of `certswap export` are read. */
import { UsageError } from "../errors.ts";

/** The most characters of a friendlyName: 255 (RFC 2985 5.5.1, pkcs-9-ub-friendlyName). */
const nameLimit = 255;

/** Reads a friendlyName. @throws UsageError for an empty or long one, and for control characters. */
export function parseFriendlyName(input: string): string {
  if (input === "") throw new UsageError(["the name is empty"]);
  if (input.length > nameLimit) {
    throw new UsageError([`the name has more than ${nameLimit} characters`]);
  }
  if (/[\p{Cc}\ufffd]/u.test(input)) {
    throw new UsageError(["the name contains a control character, or is not UTF-8"]);
  }
  return input;
}
