/** `certswap --version`, as text or JSON, without the parser and the command tree. */
import type { ExitCode } from "../exit_code.ts";
import { printError, printOutcome } from "../print/mod.ts";
import { certswapVersion, versionLines } from "../version.ts";
import type { PrintedWorld, World } from "../world.ts";
import type { VersionAsked } from "./command_line.ts";

/** Prints the version, and returns the exit code. Never throws. */
export async function runVersion(
  world: PrintedWorld & Pick<World, "build">,
  options: VersionAsked,
): Promise<ExitCode> {
  try {
    const version = await certswapVersion(world.build);
    return await printOutcome(world, { json: version, lines: versionLines(version) }, options);
  } catch (error) {
    return await printError(world, error, options);
  }
}
