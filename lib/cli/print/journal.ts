/** `--log journal`: puts a priority for the systemd journal before each line. */

/** The priorities that certswap uses, see sd-daemon(3). */
const priorities = { critical: 2, error: 3, warning: 4, notice: 5 } as const;

/** The priority of a line: a level of syslog(3). */
export type JournalPriority = keyof typeof priorities;

/** A line about a pair that is not healthy, with the priority of its first word: `CRITICAL: ...`. */
export function withUrgency(line: string): string {
  const [word = ""] = line.split(":", 1);
  const urgency = word.toLowerCase();
  return withPriority(line, isUrgency(urgency) ? urgency : "warning");
}

function isUrgency(word: string): word is "notice" | "warning" | "critical" {
  return word === "notice" || word === "warning" || word === "critical";
}

/** The text with the priority before each line: the journal stores each line as a separate entry. */
export function withPriority(text: string, priority: JournalPriority): string {
  return text.replaceAll(/^(?=.)/gm, `<${priorities[priority]}>`);
}
