/** Lines that ask for help in forms the parser does not support: `ca help sign`, `--help rotate`. */
import { everyCommand, everyGroup } from "../tree/mod.ts";
import { asksForJson } from "./command_line.ts";

/**
 * Converts a line that asks for help to the form `help COMMAND`.
 *
 * @param line what follows `certswap`.
 * @returns `undefined` for all other lines, and for forms that the parser supports.
 */
export function helpLine(line: readonly string[]): readonly string[] | undefined {
  const named = namedWords(line);
  if (named === undefined) return undefined;
  return ["help", ...named, ...(asksForJson(line) ? ["--json"] : [])];
}

/** The words to show help for. */
function namedWords(words: readonly string[]): readonly string[] | undefined {
  const group = longestPrefix(words, groupNames());
  const [asked = "", ...rest] = words.slice(group.length);
  const named = untilFlag(rest);
  if (asked === "help" && group.length > 0) return [...group, ...named];
  if ((asked === "--help" || asked === "-h") && named.length > 0) {
    // Arguments of the command may follow: 'certswap --help ca sign device.csr'.
    const command = longestPrefix([...group, ...named], [...groupNames(), ...commandNames()]);
    return command.length > group.length ? command : [...group, ...named];
  }
  return ownHelp(words);
}

/** `rotate help`: only for commands that take no arguments. */
function ownHelp(words: readonly string[]): readonly string[] | undefined {
  const named = untilFlag(words);
  const command = named.slice(0, -1);
  if (named.at(-1) !== "help" || command.length === 0) return undefined;
  const found = everyCommand().find((place) =>
    place.words.slice(1).join(" ") === command.join(" ")
  );
  return found !== undefined && found.target.parameters.positional === undefined
    ? command
    : undefined;
}

function longestPrefix(words: readonly string[], names: readonly string[]): readonly string[] {
  for (let length = words.length; length > 0; length--) {
    const prefix = words.slice(0, length);
    if (names.includes(prefix.join(" "))) return prefix;
  }
  return [];
}

function untilFlag(words: readonly string[]): readonly string[] {
  const end = words.findIndex((word) => word.startsWith("-"));
  return end < 0 ? words : words.slice(0, end);
}

function groupNames(): string[] {
  return everyGroup().map(({ words }) => words.slice(1).join(" "));
}

function commandNames(): string[] {
  return everyCommand().map(({ words }) => words.slice(1).join(" "));
}
