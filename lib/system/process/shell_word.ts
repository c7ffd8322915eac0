/** A word of a command line for sh(1). */

/**
 * Quotes a word, if it needs it. Between single quotes nothing is special but their end (POSIX shell,
 * 2.2.2).
 */
export function shellWord(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
