/** The names of header fields, as they are usually written. */

/**
 * Header fields with their usual names: `Content-Length`. Their case means nothing (RFC 9110 5.1), but small
 * clients, such as that of strongSwan, know only this one.
 *
 * @param headers with names in lowercase, none of them from a client.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withUsualNames } from "./field_names.ts";
 *
 * assert.deepEqual(withUsualNames({ "retry-after": "1", etag: "a" }), { "Retry-After": "1", ETag: "a" });
 * ```
 */
export function withUsualNames(
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const named: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) named[usualName(name)] = value;
  }
  return named;
}

/** The names that have been written so far: servers use few. */
const usualNames = new Map<string, string>([
  ["etag", "ETag"],
  ["www-authenticate", "WWW-Authenticate"],
]);

function usualName(name: string): string {
  const known = usualNames.get(name);
  if (known !== undefined) return known;
  const usual = name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
  usualNames.set(name, usual);
  return usual;
}
