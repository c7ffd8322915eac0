/** Finding the command that was meant by a word that is none: in another group, or with a typing error. */
import { nearest } from "../../device/configuration/mod.ts";
import { alternatives } from "../text.ts";
import { everyCommand, type Place } from "../tree/mod.ts";

/** What is known of a word that is no command. */
interface UnknownWord {
  /** What leads to where it stands: `["ca"]`. */
  readonly path: readonly string[];
  /** Whether there is a command there that is called nearly the same, which the message names. */
  readonly hasSuggestion: boolean;
}

/**
 * The commands that a word may be meant for, which no command is called by where it stands: `sign` is
 * `ca sign`, `rotate` is no command of `ca`.
 *
 * @returns `'certswap ca sign'`, several joined by "or"; `undefined` if there are none.
 */
export function commandsElsewhere(
  word: string,
  { path, hasSuggestion }: UnknownWord,
): string | undefined {
  // 'certswap ca help' asks for the help of the group, which the message names.
  if (word === "" || word === "help") return undefined;
  const elsewhere = everyCommand().map(({ words }: Place<unknown>) => words)
    .filter((words) => words.slice(1, -1).join(" ") !== path.join(" "));
  const names = elsewhere.map((words) => words.at(-1) ?? "");
  const meant = names.includes(word) ? word : hasSuggestion ? undefined : nearest(word, names);
  const found = elsewhere.filter((words) => words.at(-1) === meant);
  return found.length === 0
    ? undefined
    : alternatives(found.map((words) => `'${words.join(" ")}'`));
}
