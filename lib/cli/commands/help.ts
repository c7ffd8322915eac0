import type { CommonFlags } from "../declaration/command.ts";
import { UsageError } from "../errors.ts";
import type { Outcome } from "../print/output.ts";
import { fields, visible } from "../text.ts";
import { topicLines, topics } from "../print/topics.ts";
import { root } from "../tree/root.ts";
import type { World } from "../world.ts";

const lineWidth = 80;

/** `certswap help`. */
export default function help(_: World, _flags: CommonFlags, name?: string): Promise<Outcome> {
  const names = Object.keys(topics);
  if (name === undefined) {
    const briefs = Object.entries(topics).map(([name, { brief }]) => [name, brief] as const);
    return Promise.resolve({
      json: { topics: names },
      lines: [
        "Topics:",
        ...fields(briefs),
        "'certswap help TOPIC' tells about one, 'certswap --help' about the commands.",
      ],
    });
  }
  const topic = Object.hasOwn(topics, name) ? topics[name] : undefined;
  if (topic === undefined) {
    const choice = `Choose ${names.join(", ")}.`;
    throw new UsageError(
      [`there is no topic '${visible(name)}'`],
      Object.hasOwn(root.declaration.routes, name)
        ? `${choice} 'certswap ${name} --help' tells about the command.`
        : choice,
    );
  }
  const lines = topicLines(topic, lineWidth);
  return Promise.resolve({ json: { topic: name, text: lines.join("\n") }, lines });
}
