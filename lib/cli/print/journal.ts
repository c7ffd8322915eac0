/** `--log journal`: what is printed, each line with its priority for the journal of systemd. */

/** Priorities that certswap uses, as sd-daemon(3) has them at the beginning of a line. */
const priorities = { critical: 2, error: 3, warning: 4, notice: 5 } as const;

/** How important a line is: the name of a level of syslog(3). */
export type JournalPriority = keyof typeof priorities;

/** A line about a pair that is not healthy, with the priority that its first word has: `CRITICAL: ...`. */
export function withUrgency(line: string): string {
  const [word = ""] = line.split(":", 1);
  const urgency = word.toLowerCase();
  return withPriority(line, isUrgency(urgency) ? urgency : "warning");
}

function isUrgency(word: string): word is "notice" | "warning" | "critical" {
  return word === "notice" || word === "warning" || word === "critical";
}

/** The text with the priority before each of its lines: the journal has an entry for each. */
export function withPriority(text: string, priority: JournalPriority): string {
  return text.replaceAll(/^(?=.)/gm, `<${priorities[priority]}>`);
}
