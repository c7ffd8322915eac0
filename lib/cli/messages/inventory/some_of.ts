/** Long lists in messages. */

/** The first words of a list, and how many more there are. */
export function someOf(words: readonly string[], limit = 10): string {
  const shown = words.slice(0, limit).join(", ");
  return words.length > limit ? `${shown} and ${words.length - limit} more` : shown;
}
