/** `certswap help`: lists the commands and topics, or shows the help of one of them. */
import { nearest } from "../../toml/mod.ts";
import { synonyms, topicNames } from "../choices.ts";
import { commandRows, type CommonFlags, helpOf } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { type Outcome, topicLines, topics } from "../print/mod.ts";
import { fields, visible, widthOf, wrap } from "../text.ts";
import { everyCommand, everyGroup, listedCommands, listedGroups, root } from "../tree/mod.ts";
import type { World } from "../world.ts";

/** `certswap help`. @param words a topic, or the words of a command: `ca sign`. */
export default function help(
  { stdout }: World,
  _flags: CommonFlags,
  ...words: string[]
): Promise<Outcome> {
  const width = widthOf(stdout);
  const [first, ...more] = words;
  if (first === undefined) return Promise.resolve(listOfWords(width));
  const topic = topicNames.find((topic) => topic === first && more.length === 0);
  if (topic !== undefined) {
    const lines = topicLines(topics[topic], width);
    return Promise.resolve({ json: { topic, text: lines.join("\n") }, lines });
  }
  const path = ["certswap", ...words];
  const found = [...everyGroup(), ...everyCommand()]
    .find((place) => place.words.join(" ") === path.join(" "));
  if (found === undefined) throw unknownWords(words);
  const text = helpOf(found.target, { path, width }).trimEnd();
  return Promise.resolve({ json: { command: words.join(" "), text }, lines: text.split("\n") });
}

function listOfWords(width: number): Outcome {
  const briefs = topicNames.map((name) => [name, topics[name].brief] as const);
  return {
    json: {
      topics: topicNames,
      commands: listedCommands().map(({ words }) => words.slice(1).join(" ")),
    },
    lines: [
      ...commandRows(root.declaration, width).flatMap((section) => [...section, ""]),
      "Topics:",
      ...fields(briefs),
      "",
      ...wrap(
        "'certswap help TOPIC' and 'certswap help COMMAND' show more. " +
          "'certswap --help' also shows examples and the exit codes.",
        width,
      ),
    ],
  };
}

function unknownWords(words: readonly string[]): UsageError {
  const written = words.join(" ");
  const problem = `unknown topic or command '${visible(written)}'`;
  if (written === "version") return new UsageError([problem], "Did you mean 'certswap --version'?");
  const meant = written === "" ? undefined : wordsMeant(written);
  return new UsageError(
    [problem],
    meant === undefined
      ? `The topics are ${topicNames.join(", ")}. 'certswap --help' shows the commands.`
      : `Did you mean 'certswap help ${meant}'?`,
  );
}

function wordsMeant(written: string): string | undefined {
  const known = [...listedCommands(), ...listedGroups()]
    .map(({ words }) => words.slice(1).join(" "))
    .filter((name) => name !== "");
  return synonyms.get(written) ?? nearest(written, [...topicNames, ...known]) ??
    known.find((name) => name.endsWith(` ${written}`));
}
