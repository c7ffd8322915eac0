/** Common names that software may take for the name of a service. */
import { attributeOid } from "../encoding/mod.ts";
import type { Name } from "./name.ts";

/** The texts of all common names. */
export function commonNamesOf({ relativeNames }: Name): readonly string[] {
  return relativeNames.flat().filter(({ type }) => type === attributeOid.CN).map(({ text = "" }) =>
    text
  );
}

/**
 * Whether software may take a common name for the name of a service, as some does if there is no alternative
 * name (RFC 6125 6.4.4). Each program has rules of its own for wildcards, full stops and control characters,
 * so this is `false` only for what is certainly none: several words of letters and digits (`Meter 17`); and,
 * with a DNS name beside it, a single one (`meter-17`).
 */
export function mayNameService(text: string, { hasDnsName }: { hasDnsName: boolean }): boolean {
  const words = text.split(" ");
  const isPlain = words.every((word) => /^[\p{L}\p{N}_'()-]+$/u.test(word));
  return !isPlain || (words.length === 1 && !hasDnsName);
}
