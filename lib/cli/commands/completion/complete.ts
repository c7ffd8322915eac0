/** `certswap complete`: the words that only this device knows, for completion scripts. */
import { list } from "../../../ca/mod.ts";
import { pairNames } from "../../../device/configuration/mod.ts";
import { CertswapError, streamAt } from "../../../system/mod.ts";
import { type DeviceWords, deviceWords } from "../../choices.ts";
import { type CommonFlags, configurationPath, dataDirectory } from "../../declaration/mod.ts";
import type { Outcome } from "../../print/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** A word to choose, and what it means. */
interface Choice {
  readonly word: string;
  readonly description?: string;
}

/** More are not offered: no one reads them. */
const mostChoices = 300;

/**
 * `certswap complete`. Where something is wrong it lists nothing: an error would be in the way of the line
 * that is being typed.
 *
 * @param words which words are asked for; then the line after `certswap`, of which the last word is being
 *   typed.
 */
export default async function complete(
  world: World,
  _flags: CommonFlags,
  ...words: string[]
): Promise<Outcome> {
  const [kind = "", ...line] = words;
  // `--name=we` is completed as a whole by some shells.
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
    // Standard input is the terminal of the person who types.
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

/** The value of a flag on a line. bash takes "=" for a word of its own. */
function valueOn(line: readonly string[], flag: string): string | undefined {
  for (const [index, word] of line.entries()) {
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1) || undefined;
    if (word !== flag) continue;
    const next = line[index + 1];
    return (next === "=" ? line[index + 2] : next) || undefined;
  }
  return undefined;
}
