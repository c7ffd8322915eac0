/** The purposes of certificates as people write them (RFC 5280 4.2.1.12). */
// Commands read them when they start: nothing is loaded for that but this file.
import { purposeOid } from "../encoding/oids.ts";

/** The names of purposes that {@linkcode parsePurpose} knows. */
export const purposeNames: readonly string[] = /* @__PURE__ */ Object.keys(purposeOid);

/**
 * Reads a purpose: a name of RFC 5280 (`serverAuth`), or an OBJECT IDENTIFIER in dots.
 *
 * @returns the OBJECT IDENTIFIER in dots; `undefined` if `written` is neither.
 */
export function parsePurpose(written: string): string | undefined {
  if (Object.hasOwn(purposeOid, written)) return purposeOid[written as keyof typeof purposeOid];
  const isOid = written.length <= 128 &&
    // deno-lint-ignore certswap/linear-regex -- no number matches the dot that the next one begins with
    /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))+$/.test(written);
  return isOid ? written : undefined;
}

/** The name of a purpose; its dots if it has no name here. */
export function formatPurpose(oid: string): string {
  const [name] = Object.entries(purposeOid).find(([, known]) => known === oid) ?? [oid];
  return name;
}
