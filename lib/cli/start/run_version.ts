/** `certswap --version`, also as JSON: answered without a parser, and without the command tree. */
import type { ExitCode } from "../exit_code.ts";
import { printError, printOutcome } from "../print/output.ts";
import { certswapVersion, versionLines } from "../version.ts";
import type { World } from "../world.ts";
import { asksForJson, withoutCacheDirectory } from "./named_command.ts";

/** How the version is to be printed. */
export interface VersionAsked {
  readonly json: boolean;
}

/** Whether a line asks for the version, and how: `undefined` for one that asks for anything else. */
export function versionAsked(line: readonly string[]): VersionAsked | undefined {
  const words = withoutCacheDirectory(line) ?? [];
  const others = words.filter((word) => word !== "--version" && word !== "-V");
  const json = asksForJson(others);
  const isAsked = words.length === others.length + 1 && others.length === (json ? 1 : 0);
  return isAsked ? { json } : undefined;
}

/** Prints the version, and returns the exit code. Never throws. */
export async function runVersion(world: World, options: VersionAsked): Promise<ExitCode> {
  try {
    const version = await certswapVersion(world.build);
    return await printOutcome(world, { json: version, lines: versionLines(version) }, options);
  } catch (error) {
    return await printError(world, error, options);
  }
}
