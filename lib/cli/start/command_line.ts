/** Reading a command line before it is parsed: the command, `--version`, `--json`, `--log`. */
// Imports nothing: every start of the built executable loads this file to choose the bundle of the command.

/** The most words in the name of a command: `ca key encrypt`. */
const mostWords = 3;

/**
 * The command that a line runs; `undefined` if the line asks for help, or does not start with a command.
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
 * The command line without `--cache-dir DIR` at its start. The launcher of the self-contained executable has
 * already used it. Other builds ignore it, so that scripts work with every build.
 *
 * @returns `undefined` if the directory is missing.
 */
export function withoutCacheDirectory(words: readonly string[]): readonly string[] | undefined {
  const [first = "", second = ""] = words;
  if (first !== "--cache-dir" && !first.startsWith("--cache-dir=")) return words;
  // A word that looks like a flag is one: the value was forgotten.
  if (first === "--cache-dir" && /^[^-]/.test(second)) return words.slice(2);
  return first.length > "--cache-dir=".length ? words.slice(1) : undefined;
}

/** Whether the words contain `--json`. Lines that cannot be parsed are also reported as JSON. */
export function asksForJson(words: readonly string[]): boolean {
  return hasFlag(words, /^--json(=(true|t|yes|y|on|1))?$/i);
}

/**
 * Whether a line is `status --check`. Then every error has the exit code of a monitoring plugin, even if the
 * line cannot be parsed.
 *
 * @param line what follows `certswap`.
 */
export function asksForCheck(line: readonly string[]): boolean {
  const [command, ...words] = withoutCacheDirectory(line) ?? line;
  return command === "status" && hasFlag(words, /^--check(=(?!(false|f|no|n|off|0)$).*)?$/i);
}

function hasFlag(words: readonly string[], form: RegExp): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).some((word) => form.test(word));
}

/** Whether the words contain `--log journal`. Lines that cannot be parsed are also logged like that. */
export function asksForJournal(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const flags = words.slice(0, end < 0 ? words.length : end);
  return flags.some((word, index) =>
    word === "--log=journal" || (word === "--log" && flags[index + 1] === "journal")
  );
}

/** How to print the version. */
export interface VersionAsked {
  readonly json: boolean;
}

/** How a line asks for the version; `undefined` if it asks for something else. */
export function versionAsked(line: readonly string[]): VersionAsked | undefined {
  const words = withoutCacheDirectory(line) ?? [];
  const others = words.filter((word, index) =>
    word !== "--version" && word !== "-V" && !(word === "version" && index === 0)
  );
  // Every start asks: most are answered before a regular expression has to be compiled.
  if (words.length !== others.length + 1 || others.length > 1) return undefined;
  const json = asksForJson(others);
  return others.length === (json ? 1 : 0) ? { json } : undefined;
}
