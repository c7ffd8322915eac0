/** `certswap help`: the topics, or one of them. */
import { topicNames } from "../choices.ts";
import type { CommonFlags } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import { type Outcome, topicLines, topics } from "../print/mod.ts";
import { fields, lineWidth, visible } from "../text.ts";
import { root } from "../tree/mod.ts";
import type { World } from "../world.ts";

/** `certswap help`. */
export default function help(_: World, _flags: CommonFlags, name?: string): Promise<Outcome> {
  if (name === undefined) {
    const briefs = topicNames.map((name) => [name, topics[name].brief] as const);
    return Promise.resolve({
      json: { topics: topicNames },
      lines: [
        "Topics:",
        ...fields(briefs),
        "'certswap help TOPIC' tells about one, 'certswap --help' about the commands.",
      ],
    });
  }
  const topic = topicNames.find((topic) => topic === name);
  if (topic === undefined) {
    const choice = `Choose ${topicNames.join(", ")}.`;
    throw new UsageError(
      [`there is no topic '${visible(name)}'`],
      Object.hasOwn(root.declaration.routes, name)
        ? `${choice} 'certswap ${name} --help' tells about the command.`
        : choice,
    );
  }
  const lines = topicLines(topics[topic], lineWidth);
  return Promise.resolve({ json: { topic, text: lines.join("\n") }, lines });
}
