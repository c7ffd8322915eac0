/** What is to be installed for a configuration: the directories it writes to, and how each file begins. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  requireTrustedPlaces,
  type System,
} from "../../system/mod.ts";
import type { Configuration, PairConfiguration } from "../configuration/configuration.ts";
import { readConfiguration } from "../configuration/mod.ts";
import { placesOf } from "../configuration/places.ts";
import { issuerKindOf } from "../issuer/kinds.ts";
import { resolveFile } from "../pair/resolve.ts";
import { UnwritablePathError } from "./errors.ts";
import { findUser, type User } from "./user.ts";

/** Where things are. */
interface InstallationPaths {
  /** The executable, absolute. */
  readonly program: string;
  readonly configurationPath: string;
  /** The name of the user that certswap is to run as; `undefined`: root. */
  readonly user: string | undefined;
}

/** What the files are made from. */
export interface Installation {
  /** The executable, absolute. */
  readonly program: string;
  /** The name of the user that certswap is to run as; `undefined`: root. */
  readonly user: string | undefined;
  /** The configuration's first file, absolute. */
  readonly configurationPath: string;
  readonly configuration: Configuration;
  /** Every directory that a rotation writes to, absolute, as far as the configuration tells. */
  readonly writes: readonly string[];
}

/**
 * Reads the configuration, and says what is to be installed for it. Reads only.
 *
 * @throws the errors of reading the configuration; UnwritablePathError.
 * @throws UnknownUserError; UntrustedPlaceError where the user would be refused what is configured.
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

/** What would be refused at every run is refused now. */
function requirePlacesOf(
  files: FileSystem,
  { uid, gid }: User,
  { pairs, metrics }: Configuration,
): void {
  const processes = { userId: () => uid, groupId: () => gid };
  requireTrustedPlaces({ files, processes }, [
    ...pairs.flatMap(placesOf),
    ...(metrics === undefined ? [] : [{ path: metrics, as: "file" } as const]),
  ]);
}

/** The directories that a rotation of these pairs writes to, each once, with every link resolved. */
function writtenDirectories(
  files: FileSystem,
  { pairs, metrics }: Configuration,
): readonly string[] {
  // What cannot be resolved now stands in the configuration as it will be.
  const targets = [...pairs.flatMap(targetsOf), ...(metrics === undefined ? [] : [metrics])]
    .map((path) => directoryOf(attempt(() => resolveFile(files, path)) ?? path));
  const ofIssuers = pairs
    .flatMap(({ issuer }) => issuer === undefined ? [] : issuerKindOf(issuer).writes(issuer))
    .map((path) => attempt(() => files.realPath(path)) ?? path);
  return [...new Set([...targets, ...ofIssuers])].toSorted();
}

function targetsOf({ paths: { certificate, key, combined } }: PairConfiguration): string[] {
  return [certificate, key, ...(combined === undefined ? [] : [combined])];
}

/** A file to be installed. */
export interface InstallationFile {
  /** Without a directory. */
  readonly name: string;
  readonly text: string;
}

/** What every file begins with: it tells the files that may be written again from all others. */
export const marker = "# Written by 'certswap install'";

/** The first lines of a file. `advice` says how to change it so that it lasts. */
export function heading({ configurationPath }: Installation, advice: string): string {
  return `${marker} from ${configurationPath}.\n# It will be written again: ${advice}\n`;
}
