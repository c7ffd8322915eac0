/** The longest name of a command: `ca sign`. */
const mostWords = 2;

/**
 * The command that a line is for, where it is to be run and nothing else: not a line that asks for help, and
 * not one whose first words are none.
 *
 * @param line what follows `certswap`.
 * @param isCommand whether `ca sign` is one.
 * @returns its name, as `isCommand` knows it.
 */
export function namedCommand(
  line: readonly string[],
  isCommand: (name: string) => boolean,
): string | undefined {
  const end = line.indexOf("--");
  const flags = end < 0 ? line : line.slice(0, end);
  if (flags.includes("--help") || flags.includes("-h")) return undefined;
  for (let length = mostWords; length > 0; length--) {
    const name = line.slice(0, length).join(" ");
    if (line.length >= length && isCommand(name)) return name;
  }
  return undefined;
}
