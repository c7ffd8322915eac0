/** A command line from its first word to its exit code. */
import { buildApplication, help, run, version } from "@stricli/core";
import type { Application } from "@stricli/core";
import { asksForCheck, namedCommand, versionAsked, withoutCacheDirectory } from "./command_line.ts";
import { commandsElsewhere } from "./elsewhere.ts";
import { type Invocation, parserGroup } from "../declaration/mod.ts";
import { UsageError } from "../errors.ts";
import type { ExitCode } from "../exit_code.ts";
import { invoke, parserConfiguration, type UnparsedLine } from "./invoke.ts";
import { runCommand } from "./run_command.ts";
import { runPlain } from "./run_plain.ts";
import { runVersion } from "./run_version.ts";
import { everyCommand, everyGroup, type Place, root } from "../tree/mod.ts";
import { certswapVersion, versionLines } from "../version.ts";
import type { World } from "../world.ts";

/**
 * Runs one command line from its first word to its exit code. Never throws.
 *
 * @param line what follows `certswap` on the command line.
 */
export async function runCertswap(line: readonly string[], world: World): Promise<ExitCode> {
  const asked = versionAsked(line);
  if (asked !== undefined) return await runVersion(world, asked);
  const commands = new Map(everyCommand().map((place) => [nameOf(place), place]));
  const name = namedCommand(line, (name) => commands.has(name));
  const command = name === undefined ? undefined : commands.get(name);
  if (command !== undefined) {
    const words = line.slice(command.words.length - 1);
    return await runPlain(command.target, words, world) ?? await runCommand(command, words, world);
  }
  return await invoke(
    async (invocation) => {
      const words = withoutCacheDirectory(line);
      if (words === undefined) {
        throw new UsageError(["--cache-dir needs a value"], "Give it a directory of your own.");
      }
      await run(application(world), words, invocation);
    },
    {
      words: line,
      isCheck: asksForCheck(line),
      world,
      hint: (found) => hintFor(line, found),
    },
  );
}

function nameOf({ words }: Place<unknown>): string {
  return words.slice(1).join(" ");
}

/** Where the help is that fits: that of the group, where the command is unknown; else that of the command. */
function hintFor(
  line: readonly string[],
  { isUnknownCommand, hasSuggestion }: UnparsedLine,
): string {
  const isGroup = everyGroup().some((group) => nameOf(group) === line[0]);
  const length = (isGroup ? 2 : 1) - (isUnknownCommand ? 1 : 0);
  const words = line.slice(0, length).filter((word) => word !== "");
  const meant = isUnknownCommand
    ? commandsElsewhere(line[words.length] ?? "", { path: words, hasSuggestion })
    : undefined;
  if (meant !== undefined) return `Did you mean ${meant}?`;
  const first = line[0] ?? "";
  if (isUnknownCommand && first.startsWith("-")) {
    return "The command comes first: certswap COMMAND [FLAGS]. See 'certswap --help'.";
  }
  return `See '${["certswap", ...words, "--help"].join(" ")}'.`;
}

/** How far off a command may be that was meant: names are short, and what is further off is another word. */
const nearCommand = {
  threshold: 4,
  weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
} as const;

/** The whole tree: for help, the version, and command lines that name no command. */
function application({ build }: World): Application<Invocation> {
  const formatting = {
    useAliasInUsageLine: false,
    onlyRequiredInUsageLine: false,
    caseStyle: "convert-camel-to-kebab",
  } as const;
  const configuration = {
    name: "certswap",
    ...parserConfiguration,
    scanner: { ...parserConfiguration.scanner, distanceOptions: nearCommand },
  };
  return buildApplication(parserGroup(root), configuration, {
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
