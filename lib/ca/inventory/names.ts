/** Finds certificates by name: patterns, and the names of a certificate that they are compared with. */
import { commonNames } from "../store/mod.ts";

/**
 * Whether a text matches a pattern: `*` matches any characters, `?` one. Case does not matter. Takes at
 * most the product of both lengths.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const [wanted, given] = [[...pattern.toLowerCase()], [...text.toLowerCase()]];
  let at = 0;
  // Where to go on if the last star has to stand for one character more.
  let star: number | undefined;
  let afterStar = 0;
  for (let index = 0; index < given.length;) {
    const next = wanted[at];
    if (next === "*") {
      star = at++;
      afterStar = index;
    } else if (next === "?" || next === given[index]) {
      at++;
      index++;
    } else if (star !== undefined) {
      at = star + 1;
      index = ++afterStar;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === "*");
}

/**
 * Whether one of a certificate's names matches a pattern: an alternative name, with or without its kind
 * (`DNS:a.example` and `a.example`), or a CN of the subject.
 *
 * @param subject RFC 4514, as in records.
 * @param names formatted by `formatGeneralName`.
 */
export function hasName(
  { subject, names }: { readonly subject: string; readonly names: readonly string[] },
  pattern: string,
): boolean {
  const all = names.flatMap((name) => [name, name.slice(name.indexOf(":") + 1)]);
  return [...all, ...commonNames(subject)].some((name) => matchesGlob(name, pattern));
}
