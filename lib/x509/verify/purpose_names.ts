/** The names of certificate purposes (RFC 5280 4.2.1.12). */
// Commands need these at start-up, so this file must stay small.
import { purposeOid } from "../encoding/mod.ts";

/** The names that {@linkcode parsePurpose} accepts. */
export const purposeNames: readonly string[] = /* @__PURE__ */ Object.keys(purposeOid);

/**
 * Parses a purpose: a name from RFC 5280 (`serverAuth`), or an OBJECT IDENTIFIER in dots.
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

/** The name of a purpose; its OBJECT IDENTIFIER in dots if it has none. */
export function formatPurpose(oid: string): string {
  const [name] = Object.entries(purposeOid).find(([, known]) => known === oid) ?? [oid];
  return name;
}
