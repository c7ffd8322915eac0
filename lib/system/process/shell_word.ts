/** A word of a command line for sh(1). */

/** Quotes a word, if it needs it. POSIX shell, 2.2.2: nothing is special between single quotes but their end. */
export function shellWord(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
