import { buildApplication, ExitCode as ParserExitCode, help, run, version } from "@stricli/core";
import type { Application } from "@stricli/core";
import { withoutCacheDirectory } from "./cache_directory.ts";
import type { Invocation } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type ExitCode, exitCode } from "./exit_code.ts";
import { type Outcome, printError, printOutcome } from "./output.ts";
import { parserText } from "./parse_errors.ts";
import { root } from "./tree/root.ts";
import { certswapVersion } from "./version.ts";
import type { World } from "./world.ts";

/**
 * Runs one command line from its first word to its exit code. Never throws.
 *
 * @param line what follows `certswap` on the command line.
 */
export async function runCertswap(line: readonly string[], world: World): Promise<ExitCode> {
  const problems: string[] = [];
  let result: { outcome: Outcome } | { error: unknown } | undefined;
  const invocation: Invocation & { process: { exitCode?: number | string | null } } = {
    world,
    settle: (settled) => result = settled,
    // A process of our own: handed the real one, the parser would read its environment.
    process: {
      stdout: world.stdout,
      stderr: { write: (text) => problems.push(text.trimEnd()) },
    },
  };
  const options = { json: wantsJson(line) };
  try {
    const words = withoutCacheDirectory(line);
    await run(application(world), words, invocation);
    if (result !== undefined) {
      return "outcome" in result
        ? await printOutcome(world, result.outcome, options)
        : await printError(world, result.error, options);
    }
    const parsed = invocation.process.exitCode;
    if (parsed === ParserExitCode.Success) return exitCode.done;
    return await printError(world, new UsageError(problems, hintFor(words, parsed)), options);
  } catch (error) {
    return await printError(world, error, options);
  }
}

function application({ build }: World): Application<Invocation> {
  const formatting = {
    useAliasInUsageLine: false,
    onlyRequiredInUsageLine: false,
    caseStyle: "convert-camel-to-kebab",
  } as const;
  return buildApplication(root, {
    name: "certswap",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    localization: { text: parserText },
  }, {
    help: help({ brief: "Show help", defaultForRouteMap: true, formatting }),
    version: version({
      brief: "Show the version",
      alias: "V",
      info: { getCurrentVersion: () => certswapVersion(build) },
    }),
  });
}

/** Asked of the words themselves, for a command line that cannot be parsed is reported as JSON, too. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).some((word) =>
    /^--json(=(true|t|yes|y|on|1))?$/i.test(word)
  );
}

const groups = ["ca", "config", "install"];

/** Where the help is that fits: that of the command, or of the group where the command is unknown. */
function hintFor(words: readonly string[], parsed: number | string | null | undefined): string {
  const length = (groups.includes(words[0] ?? "") ? 2 : 1) -
    (parsed === ParserExitCode.UnknownCommand ? 1 : 0);
  return `See '${["certswap", ...words.slice(0, length), "--help"].join(" ")}'.`;
}
