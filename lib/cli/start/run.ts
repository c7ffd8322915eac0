/** Running certswap: from the command line to the exit code. */
import { buildApplication, help, run, version } from "@stricli/core";
import type { Application } from "@stricli/core";
import {
  asksForCheck,
  asksForJson,
  namedCommand,
  versionAsked,
  withoutCacheDirectory,
} from "./command_line.ts";
import { type Invocation, parserGroup } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_code.ts";
import { helpLine } from "./help_line.ts";
import { printError } from "../print/mod.ts";
import { invoke, parserConfiguration } from "./invoke.ts";
import { runCommand } from "./run_command.ts";
import { runPlain } from "./run_plain.ts";
import { runVersion } from "./run_version.ts";
import { commandsMeant, rootFlagMeant } from "./suggestions.ts";
import { everyCommand, everyGroup, listedCommands, type Place, root } from "../tree/mod.ts";
import { widthOf } from "../text.ts";
import { certswapVersion, versionLines } from "../version.ts";
import type { World } from "../world.ts";

/**
 * Runs one command line, prints the result, and returns the exit code. Never throws.
 *
 * @param line what follows `certswap` on the command line.
 */
export async function runCertswap(line: readonly string[], world: World): Promise<ExitCode> {
  const asked = versionAsked(line);
  if (asked !== undefined) return await runVersion(world, asked);
  const words = withoutCacheDirectory(line);
  if (words === undefined) {
    const options = { json: asksForJson(line) };
    return await printError(
      world,
      new UsageError(["--cache-dir needs a value"], "Give a directory that belongs to you."),
      options,
    );
  }
  return await runWords(helpLine(words) ?? words, world);
}

async function runWords(line: readonly string[], world: World): Promise<ExitCode> {
  const commands = new Map(everyCommand().map((place) => [nameOf(place), place]));
  const name = namedCommand(line, (name) => commands.has(name));
  const command = name === undefined ? undefined : commands.get(name);
  if (command !== undefined) {
    const words = line.slice(command.words.length - 1);
    return await runPlain(command.target, words, world) ?? await runCommand(command, words, world);
  }
  return await invoke(
    async (invocation) => await run(application(world), line, invocation),
    {
      words: line,
      isCheck: asksForCheck(line),
      world,
      hint: (isUnknownCommand) => hintFor(line, isUnknownCommand),
    },
  );
}

function nameOf({ words }: Place<unknown>): string {
  return words.slice(1).join(" ");
}

/** A hint for a line that cannot be parsed: what was probably meant, and which help to read. */
function hintFor(line: readonly string[], isUnknownCommand: boolean): string {
  const groups = new Set(everyGroup().map(nameOf));
  let depth = 0;
  while (depth < line.length && groups.has(line.slice(0, depth + 1).join(" "))) depth++;
  const length = depth + (isUnknownCommand ? 0 : 1);
  const path = line.slice(0, length).filter((word) => word !== "");
  const help = `See '${["certswap", ...path, "--help"].join(" ")}'.`;
  if (!isUnknownCommand) return help;
  const word = line[path.length] ?? "";
  const meant = word.startsWith("-") ? rootFlagMeant(word) : commandsMeant(word, path);
  if (meant !== undefined) return `Did you mean ${meant}? ${help}`;
  return word.startsWith("-") && path.length === 0 ? commandFirst(line) : help;
}

/** The hint for flags before the command. */
function commandFirst(line: readonly string[]): string {
  const named = listedCommands().find(({ words: [, ...words] }) =>
    line.some((_, start) => words.every((word, index) => line[start + index] === word))
  )?.words.join(" ");
  return `The command comes first: ${named ?? "certswap COMMAND"} [FLAGS]. ` +
    `See '${named ?? "certswap"} --help'.`;
}

/** The whole command tree, for help and for lines that name no command. */
function application({ build, stdout }: World): Application<Invocation> {
  const formatting = {
    useAliasInUsageLine: false,
    onlyRequiredInUsageLine: false,
    caseStyle: "convert-camel-to-kebab",
  } as const;
  const configuration = { name: "certswap", ...parserConfiguration };
  return buildApplication(parserGroup(root, { width: widthOf(stdout) }), configuration, {
    help: help({ brief: "Show help", defaultForRouteMap: true, formatting }),
    version: version({
      brief: "Show the version",
      alias: "V",
      info: {
        getCurrentVersion: async () => versionLines(await certswapVersion(build)).join("\n"),
      },
    }),
  });
}
