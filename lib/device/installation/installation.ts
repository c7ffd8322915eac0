/** Plans an installation: the directories it writes to, and the first lines of each file. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  requireTrustedPlaces,
  type System,
  type User,
} from "../../system/mod.ts";
import { type Configuration, filesOf, placesOf, readConfiguration } from "../configuration/mod.ts";
import { issuerKindOf } from "../issuer/mod.ts";
import { type PairPaths, resolveFile } from "../pair/mod.ts";
import { UnwritablePathError } from "./errors.ts";
import { findUser } from "./user.ts";

/** Paths and user of the installation. */
interface InstallationPaths {
  /** The executable, absolute. */
  readonly program: string;
  readonly configurationPath: string;
  /** The name of the user that certswap is to run as; `undefined`: root. */
  readonly user: string | undefined;
}

/** The plan of an installation. */
export interface Installation {
  /** The executable, absolute. */
  readonly program: string;
  /** The name of the user that certswap is to run as; `undefined`: root. */
  readonly user: string | undefined;
  /** The configuration's first file, absolute. */
  readonly configurationPath: string;
  readonly configuration: Configuration;
  /** All directories that a rotation writes to, absolute, as far as the configuration tells. */
  readonly writes: readonly string[];
}

/**
 * Reads the configuration, and plans the installation for it. Only reads.
 *
 * @throws the errors of reading the configuration; UnwritablePathError.
 * @throws UnknownUserError; UntrustedPlaceError if the user would be refused a configured path.
 */
export async function planInstallation(
  system: System,
  { program, configurationPath, user }: InstallationPaths,
): Promise<Installation> {
  const configuration = await readConfiguration(system, configurationPath);
  if (user !== undefined) {
    requirePlacesOf(system.files, findUser(system.files, user), configuration);
  }
  const installation = {
    program,
    user,
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

/** Refuses now what every run would refuse. */
function requirePlacesOf(
  files: FileSystem,
  { id, gid }: User,
  { pairs, metrics }: Configuration,
): void {
  const processes = { userId: () => id, groupId: () => gid };
  requireTrustedPlaces({ files, processes }, [
    ...pairs.flatMap(placesOf),
    ...(metrics === undefined ? [] : [{ path: metrics, as: "file" } as const]),
  ]);
}

/** The directories that a rotation of these pairs writes to, each once, with all links resolved. */
function writtenDirectories(
  files: FileSystem,
  { pairs, metrics }: Configuration,
): readonly string[] {
  // A path that cannot be resolved now is used as configured.
  const targets = [
    ...pairs.flatMap(({ paths }) => targetsOf(paths)),
    ...(metrics === undefined ? [] : [metrics]),
  ].map((path) => directoryOf(attempt(() => resolveFile(files, path)) ?? path));
  const flips = pairs.flatMap(({ paths: { certificate, shape } }) =>
    shape === "flip" ? [directoryOf(directoryOf(certificate))] : []
  ).map((path) => attempt(() => files.realPath(path)) ?? path);
  const ofIssuers = pairs
    .flatMap(({ issuer }) => issuer === undefined ? [] : issuerKindOf(issuer).writes(issuer))
    .map((path) => attempt(() => files.realPath(path)) ?? path);
  return [...new Set([...targets, ...flips, ...ofIssuers])].toSorted();
}

/** Without those in a version of a flip: each change makes a new directory for them. */
function targetsOf(paths: PairPaths): string[] {
  const version = paths.shape === "flip" ? directoryOf(paths.certificate) : undefined;
  return filesOf(paths).map(({ path }) => path).filter((path) => directoryOf(path) !== version);
}

/** A file to be installed. */
export interface InstallationFile {
  /** The file name, without a directory. */
  readonly name: string;
  readonly text: string;
}

/** The first words of every file: they mark the files that may be overwritten. */
export const marker = "# Written by 'certswap install'";

/** The first lines of a file. `advice` says how to change it permanently. */
export function heading(
  { configurationPath }: Pick<Installation, "configurationPath">,
  advice: string,
): string {
  return `${marker} from ${configurationPath}.\n# Do not edit: it will be overwritten. ${advice}\n`;
}
