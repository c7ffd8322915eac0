import type { System } from "../../system/mod.ts";
import { readConfiguration } from "../configuration/mod.ts";
import { UnwritablePathError } from "./errors.ts";
import type { Installation } from "./installation.ts";
import { writtenDirectories } from "./places.ts";

/** Where things are. */
export interface InstallationPaths {
  /** The executable, absolute. */
  readonly program: string;
  readonly configurationPath: string;
}

/**
 * Reads the configuration, and says what is to be installed for it. Reads only.
 *
 * @throws the errors of reading the configuration; UnwritablePathError.
 */
export async function planInstallation(
  system: System,
  { program, configurationPath }: InstallationPaths,
): Promise<Installation> {
  const configuration = await readConfiguration(system, configurationPath);
  const installation = {
    program,
    configurationPath: configuration.files[0] ?? configurationPath,
    configuration,
    writes: writtenDirectories(system.files, configuration),
  };
  for (const path of [program, installation.configurationPath, ...installation.writes]) {
    // deno-lint-ignore no-control-regex
    if (/[\0-\x1f\x7f]/.test(path)) throw new UnwritablePathError(path);
  }
  return installation;
}
