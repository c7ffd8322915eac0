/** Reads the request in the path of a URL (RFC 6960 appendix A.1). */
import type { Bytes } from "../../x509/mod.ts";
import { BadOcspRequestError } from "./errors.ts";
import { ocspRequestLimit } from "./request.ts";

/** Base64 has four characters for three bytes, and each may be written as `%XX`. */
const pathLimit = ocspRequestLimit * 4;

/**
 * Decodes a request from the rest of a path: base64, then encoded for a URL. `+`, `/` and `=` may be encoded
 * or not, and two slashes in a row are two characters of base64. Slashes before it are ignored: base64 of DER
 * starts with `M`, and clients add a slash to an address that ends with one.
 *
 * @param path what follows the responder's own path, exactly as received, with its slash.
 * @returns what should be a DER OCSPRequest.
 * @throws BadOcspRequestError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { requestInPath } from "./get_path.ts";
 *
 * assert.deepEqual(requestInPath("//MA%2B/"), Uint8Array.of(0x30, 0x0f, 0xbf));
 * ```
 */
export function requestInPath(path: string): Bytes {
  if (path.length > pathLimit) throw new BadOcspRequestError("too-large");
  const base64 = decoded(path).replace(/^\/+/, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new BadOcspRequestError("not-base64");
  try {
    // Loose: padding may be missing.
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new BadOcspRequestError("not-base64");
  }
}

/** Only what base64 can have is decoded, and only once: `%252B` is not base64. */
function decoded(path: string): string {
  return path.includes("%")
    ? path.replace(/%(?:2b|2f|3d)/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)))
    : path;
}
