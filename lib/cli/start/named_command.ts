import { UsageError } from "../errors.ts";

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

/**
 * The command line without `--cache-dir DIR` at its start. It tells the self-contained executable where to
 * unpack its runtime, which has happened by now; the others accept it, so that a script need not know
 * which it calls.
 *
 * @throws UsageError where no directory follows.
 */
export function withoutCacheDirectory(words: readonly string[]): readonly string[] {
  const [first = "", second = ""] = words;
  if (first !== "--cache-dir" && !first.startsWith("--cache-dir=")) return words;
  // What looks like a flag is one: the value was forgotten.
  if (first === "--cache-dir" && /^[^-]/.test(second)) return words.slice(2);
  if (first.length > "--cache-dir=".length) return words.slice(1);
  throw new UsageError(["--cache-dir needs a value"], "Give it a directory of your own.");
}
