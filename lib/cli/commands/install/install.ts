/** Shared by the commands of `certswap install`. */
import {
  type Installation,
  type InstallationFile,
  installFiles,
  NoExecutableError,
  planInstallation,
} from "../../../device/installation/mod.ts";
import {
  ifPresent,
  join,
  requireProgram,
  requireTrustedPlaces,
  type System,
} from "../../../system/mod.ts";
import { type CommonFlags, configurationPath } from "../../declaration/mod.ts";
import { UsageError } from "../../errors.ts";
import type { Outcome } from "../../print/mod.ts";
import { linesOf, visible } from "../../text.ts";
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
 * Reads the configuration, and plans the installation for it.
 *
 * @throws UsageError if the path of the program is not absolute.
 * @throws the errors of reading the configuration.
 */
export async function installationFor(world: World, flags: InstallFlags): Promise<Installation> {
  const { program, config, user } = flags;
  requireAbsolute(flags);
  const path = await configurationPath(world, config);
  const installation = await planInstallation(world.system, {
    program,
    configurationPath: path,
    user,
  });
  requireProgramPath(world.system, flags);
  return installation;
}

/** @throws UsageError if the path of the program is not absolute. */
function requireAbsolute({ program }: Pick<InstallFlags, "program">): void {
  if (program.startsWith("/")) return;
  throw new UsageError(
    ["--program is not an absolute path"],
    "Give the absolute path: systemd and cron do not run in this directory.",
  );
}

/**
 * Checks that the program is installed, unless the files are only printed. Otherwise a unit that cannot start
 * would go unnoticed until the certificate or the CRL expires.
 *
 * @throws UsageError, NoExecutableError, and the errors of `requireProgram`.
 */
export function requireProgramPath(
  { files }: System,
  flags: Pick<InstallFlags, "program" | "print">,
): void {
  requireAbsolute(flags);
  if (flags.print) return;
  const { program } = flags;
  if (ifPresent(() => files.realPath(program)) === undefined) throw new NoExecutableError(program);
  requireProgram(files, program);
}

/** Writes or prints the files. `next`: the commands that the operator has to run afterwards. */
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
        ...linesOf(text),
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
        changed.length === 0
          ? "Everything is installed. If you have not done so yet, run"
          : "Now run",
        ...next.map((line) => `  ${line}`),
      ]),
    ],
    idle: changed.length + next.length === 0
      ? "Nothing to do: everything is installed and up to date."
      : undefined,
  };
}
