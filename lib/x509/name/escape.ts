/** Escapes characters of untrusted names. */

/**
 * Escapes characters that a terminal interprets or a reader cannot see: control and format characters
 * (including those that reverse the direction of text), separators other than a plain space, and unassigned
 * code points.
 */
export function escapeUnsafe(text: string): string {
  // Most names are printable ASCII. V8 takes half a millisecond to build Unicode's classes: only if needed.
  if (/^[ -~]*$/.test(text)) return text;
  return escapeAsHex(text, /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu);
}

/** Replaces each match of `pattern` (global) by `\XX` for each byte of its UTF-8 (RFC 4514 2.4). */
export function escapeAsHex(text: string, pattern: RegExp): string {
  return text.replace(
    pattern,
    (character) => new TextEncoder().encode(character).toHex().toUpperCase().replace(/../g, "\\$&"),
  );
}
