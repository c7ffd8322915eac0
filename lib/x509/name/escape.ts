/** Escapes characters of untrusted names. */

/**
 * `text` with the characters escaped that a terminal obeys or a reader does not see: controls, format
 * characters (also the marks that turn the direction of writing), separators other than the plain space,
 * and characters that Unicode has not assigned.
 */
export function escapeUnsafe(text: string): string {
  // Most names are printable ASCII. V8 takes half a millisecond to build Unicode's classes: only if needed.
  if (/^[ -~]*$/.test(text)) return text;
  return escapeAsHex(text, /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu);
}

/** `text` with each character that `pattern` (global) matches as `\XX` a byte of its UTF-8 (RFC 4514 2.4). */
export function escapeAsHex(text: string, pattern: RegExp): string {
  return text.replace(
    pattern,
    (character) => new TextEncoder().encode(character).toHex().toUpperCase().replace(/../g, "\\$&"),
  );
}
