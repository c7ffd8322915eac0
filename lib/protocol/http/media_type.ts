/** Reads media types: the values of Content-Type (RFC 9110 8.3). */

/** A media type with its parameters. */
export interface MediaType {
  /** `application/pkcs7-mime`, in lower case. */
  readonly type: string;
  /** By their names in lower case. Values keep their case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The longest value that is read, in UTF-16 code units. */
const valueLimit = 1024;

/**
 * Reads the value of a Content-Type field. Parameters that cannot be read are left out: nothing that
 * certswap does depends on one.
 *
 * @returns `undefined` if the value is not a media type.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseMediaType } from "./mod.ts";
 *
 * const found = parseMediaType('application/pkcs7-mime; smime-type="certs-only"');
 * assert.equal(found?.type, "application/pkcs7-mime");
 * assert.equal(found?.parameters.get("smime-type"), "certs-only");
 * ```
 */
export function parseMediaType(value: string): MediaType | undefined {
  if (value.length > valueLimit) return undefined;
  const [first = "", ...others] = value.split(";");
  const type = first.trim().toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+\/[a-z0-9!#$%&'*+.^_`|~-]+$/.test(type)) return undefined;
  const parameters = new Map<string, string>();
  for (const other of others) {
    const at = other.indexOf("=");
    if (at < 0) continue;
    const name = other.slice(0, at).trim().toLowerCase();
    if (!parameters.has(name)) parameters.set(name, unquoted(other.slice(at + 1).trim()));
  }
  return { type, parameters };
}

function unquoted(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1) : text;
}
