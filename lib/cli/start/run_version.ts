import { type ExitCode, exitCode } from "../exit_code.ts";
import { printError } from "../print/output.ts";
import { certswapVersion } from "../version.ts";
import type { World } from "../world.ts";

/** Whether a line asks for the version, and nothing else. */
export function asksForVersion(line: readonly string[]): boolean {
  return line.length === 1 && (line[0] === "--version" || line[0] === "-V");
}

/** `certswap --version`, without a parser. Never throws. */
export async function runVersion(world: World): Promise<ExitCode> {
  try {
    world.stdout.write(`${await certswapVersion(world.build)}\n`);
    return exitCode.done;
  } catch (error) {
    return await printError(world, error, { json: false });
  }
}
