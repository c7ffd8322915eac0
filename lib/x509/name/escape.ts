/** Escapes characters of untrusted names. */
/**
 * Characters that a terminal obeys or a reader does not see: controls, format characters (the marks
 * that turn the direction of writing round among them), separators other than the plain space, and
 * whatever Unicode has not assigned.
 */
export const unsafeCharacters = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** `text` with each character that `pattern` (global) matches as `\XX` a byte of its UTF-8 (RFC 4514 2.4). */
export function escapeAsHex(text: string, pattern: RegExp): string {
  return text.replace(
    pattern,
    (character) => new TextEncoder().encode(character).toHex().toUpperCase().replace(/../g, "\\$&"),
  );
}
