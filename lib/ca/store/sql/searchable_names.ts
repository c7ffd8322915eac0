/** The names by which a certificate is found: see `hasName` of the inventory. */
import { commonNames } from "../common_names.ts";

/**
 * In lower case, each once: the alternative names without their kind, and every CN of the subject.
 *
 * @param subject RFC 4514, as in records.
 * @param names formatted by `formatGeneralName`.
 */
export function searchableNames(subject: string, names: readonly string[]): readonly string[] {
  const bare = names.map((name) => name.slice(name.indexOf(":") + 1));
  return [...new Set([...bare, ...commonNames(subject)].map((name) => name.toLowerCase()))];
}
