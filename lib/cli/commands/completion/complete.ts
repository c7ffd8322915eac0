/** `certswap complete`: lists names of pairs and serial numbers for completion scripts. */
import { list } from "../../../ca/mod.ts";
import { pairNames } from "../../../device/configuration/mod.ts";
import { CertswapError, streamAt } from "../../../system/mod.ts";
import { type DeviceWords, deviceWords } from "../../choices.ts";
import { type CommonFlags, configurationPath, dataDirectory } from "../../declaration/mod.ts";
import type { Outcome } from "../../print/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** A word to choose, with a description. */
interface Choice {
  readonly word: string;
  readonly description?: string;
}

/** The most words that are listed. */
const mostChoices = 300;

/**
 * `certswap complete`. If something is wrong it lists nothing: an error would disturb the command line that
 * is being typed.
 *
 * @param words the kind of words to list, then the words after `certswap`. The last one is still being typed.
 */
export default async function complete(
  world: World,
  _flags: CommonFlags,
  ...words: string[]
): Promise<Outcome> {
  const [kind = "", ...line] = words;
  // Some shells complete `--name=we` as one word.
  const begun = (line.at(-1) ?? "").replace(/^--[a-z-]{1,40}=/, "");
  const all = await choicesOf(world, kind, line.slice(0, -1));
  const choices = all.filter(({ word }) => word.startsWith(begun)).slice(-mostChoices);
  return {
    json: { words: choices.map(({ word }) => word) },
    lines: choices.map(({ word, description }) =>
      description === undefined ? word : `${word}\t${visible(description)}`
    ),
  };
}

async function choicesOf(
  world: World,
  kind: string,
  line: readonly string[],
): Promise<readonly Choice[]> {
  const asked = deviceWords.find((name) => name === kind);
  if (asked === undefined) return [];
  try {
    return await choices[asked](world, line);
  } catch (error) {
    if (error instanceof CertswapError) return [];
    throw error;
  }
}

const choices: Readonly<
  Record<DeviceWords, (world: World, line: readonly string[]) => Promise<readonly Choice[]>>
> = {
  async pairs(world, line) {
    const path = await configurationPath(world, valueOn(line, "--config"));
    // Standard input is the terminal: reading it would block.
    if (streamAt(path) !== undefined) return [];
    return (await pairNames(world.system, path)).map((word) => ({ word }));
  },
  async serials(world, line) {
    const dataDir = valueOn(line, "--data-dir");
    const location = {
      dataDirectory: dataDirectory(world, dataDir === undefined ? {} : { dataDir }),
    };
    const { certificates } = await list(world.system, location);
    return certificates.filter(({ status }) => status === "active")
      .map(({ record }) => ({ word: record.serial, description: record.subject }));
  },
};

/** The value of a flag on a line. In bash, "=" is a separate word. */
function valueOn(line: readonly string[], flag: string): string | undefined {
  for (const [index, word] of line.entries()) {
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1) || undefined;
    if (word !== flag) continue;
    const next = line[index + 1];
    return (next === "=" ? line[index + 2] : next) || undefined;
  }
  return undefined;
}
