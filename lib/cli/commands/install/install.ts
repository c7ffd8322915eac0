/** What the commands of `certswap install` have in common. */
import {
  type Installation,
  type InstallationFile,
  installFiles,
  NoExecutableError,
  planInstallation,
} from "../../../device/installation/mod.ts";
import { requireProgram } from "../../../device/service/mod.ts";
import { type FileSystem, ifPresent, join, requireTrustedPlaces } from "../../../system/mod.ts";
import { type CommonFlags, configurationPath } from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap install systemd` and `certswap install cron`. */
export interface InstallFlags extends CommonFlags {
  readonly config?: string;
  readonly program: string;
  readonly user?: string;
  readonly to: string;
  readonly print: boolean;
}

/**
 * Reads what is to be installed for.
 *
 * @throws UsageError for a program that is found from one directory only.
 * @throws the errors of reading the configuration.
 */
export async function installationFor(world: World, flags: InstallFlags): Promise<Installation> {
  const { program, config, print, user } = flags;
  if (!program.startsWith("/")) {
    throw new UsageError(
      ["--program is not an absolute path"],
      "Neither systemd nor cron runs in this directory: give the whole path.",
    );
  }
  const path = await configurationPath(world, config);
  const installation = await planInstallation(world.system, {
    program,
    configurationPath: path,
    user,
  });
  // A unit that cannot start would be found out by the certificate that expires.
  if (!print) requireInstalled(world.system.files, program);
  return installation;
}

function requireInstalled(files: FileSystem, program: string): void {
  if (ifPresent(() => files.realPath(program)) === undefined) throw new NoExecutableError(program);
  requireProgram(files, program);
}

/** Writes or prints the files. `next`: the commands that a person has to run then. */
export function install(
  { system }: World,
  files: readonly InstallationFile[],
  { flags: { to, print }, next }: {
    readonly flags: InstallFlags;
    readonly next: readonly string[];
  },
): Outcome {
  if (print) {
    const several = files.length > 1;
    return {
      json: { files: files.map(({ name, text }) => ({ path: join(to, name), text })), next },
      lines: files.flatMap(({ name, text }) => [
        ...(several ? [visible(`# ${join(to, name)}`)] : []),
        ...text.trimEnd().split("\n"),
        ...(several ? [""] : []),
      ]),
    };
  }
  requireTrustedPlaces(
    system,
    files.map(({ name }) => ({ path: join(to, name), as: "file" })),
  );
  const installed = installFiles(system.files, to, files);
  const changed = installed.filter(({ change }) => change !== "unchanged");
  return {
    json: { files: installed.map(({ path, change }) => ({ path, change })), next },
    lines: [
      ...changed.map(({ path, change }) =>
        visible(`${change === "created" ? "Created" : "Replaced"} ${path}`)
      ),
      // Also if nothing has changed: the commands may not have been run yet.
      ...(next.length === 0 ? [] : [
        changed.length === 0 ? "Everything is installed. If not done yet, run" : "Now run",
        ...next.map((line) => `  ${line}`),
      ]),
    ],
    idle: changed.length + next.length === 0
      ? "Nothing to do: everything is installed as it should be."
      : undefined,
  };
}
