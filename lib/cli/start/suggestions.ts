/** Suggestions for words that are not commands. */
import { nearest } from "../../toml/mod.ts";
import { synonyms } from "../choices.ts";
import { alternatives } from "../text.ts";
import { listedCommands, listedGroups } from "../tree/mod.ts";

/** What prints the version. */
export const versionCommand = "certswap --version";

/**
 * The commands that a word may mean: `renew` is `rotate`, `sign` is `ca sign`, `stats` is `status`.
 *
 * @param word what was typed instead of a command.
 * @param path the words before it: `["ca"]`.
 * @returns `'certswap ca sign'`, several joined by "or"; `undefined` if there are none.
 */
export function commandsMeant(word: string, path: readonly string[]): string | undefined {
  if (word === "" || word === "help") return undefined;
  if (word === "version" || word === "-v" || word === "-V") return `'${versionCommand}'`;
  const found = namesMeant(word, path);
  return found.length === 0 ? undefined : alternatives(found.map((name) => `'certswap ${name}'`));
}

/** The flags of `certswap` itself that a word may be meant for: `'certswap --version'`. */
export function rootFlagMeant(word: string): string | undefined {
  if (word === "-v" || word === "-V") return `'${versionCommand}'`;
  const meant = nearest(word, ["--version", "--help"]);
  return meant === undefined ? undefined : `'certswap ${meant}'`;
}

/** More suggestions would not help. */
const mostMeant = 3;

function namesMeant(word: string, path: readonly string[]): readonly string[] {
  const synonym = synonyms.get([...path, word].join(" ")) ?? synonyms.get(word);
  if (synonym !== undefined) return [synonym];
  const all = [...listedGroups(), ...listedCommands()].map(({ words }) => words.slice(1));
  const isHere = (words: readonly string[]): boolean =>
    words.slice(0, -1).join(" ") === path.join(" ");
  const here = all.filter((words) => words.length > 0 && isHere(words));
  const elsewhere = all.filter((words) => words.length > 0 && !isHere(words));
  const called = elsewhere.filter((words) => words.at(-1) === word);
  const found = [called, begunWith(word, here), nearestOf(word, here), nearestOf(word, elsewhere)]
    .find(({ length }) => length > 0 && length <= mostMeant) ?? [];
  return found.map((words) => words.join(" "));
}

type Names = readonly (readonly string[])[];

function begunWith(word: string, names: Names): Names {
  return word.length < 2 ? [] : names.filter((words) => words.at(-1)?.startsWith(word));
}

function nearestOf(word: string, names: Names): Names {
  const meant = nearest(word, names.map((words) => words.at(-1) ?? ""));
  return names.filter((words) => words.at(-1) === meant);
}
