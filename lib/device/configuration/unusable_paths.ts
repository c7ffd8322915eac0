import {
  CertswapError,
  directoryOf,
  type FileSystem,
  join,
  requireTrustedPlaces,
  type System,
  WrongFileKindError,
} from "../../system/mod.ts";
import { loadAnchors } from "../pair/read_pair.ts";
import { resolveFile } from "../pair/resolve.ts";
import type { PairConfiguration } from "./configuration.ts";
import { type ConfigurationProblem, NotExecutableError } from "./errors.ts";
import type { Written } from "./parse_file.ts";
import { placesOf } from "./places.ts";
import type { LoadedConfiguration } from "./read.ts";

/**
 * Whether everything that a configuration names is there (directories, trust anchors, the CA, programs), and
 * lies where nobody but root and the caller can exchange it.
 */
export function unusablePaths(
  system: System,
  { pairs, metrics }: LoadedConfiguration,
): ConfigurationProblem[] {
  const { files } = system;
  return [
    ...(metrics === undefined ? [] : attempts(metrics, [
      [[], () => requireDirectory(files, directoryOf(metrics.value))],
      [[], () => requireTrustedPlaces(system, [{ path: metrics.value, as: "file" }])],
    ])),
    ...pairs.flatMap((pair) =>
      attempts(pair, [...requirements(files, pair.value), ...trustRequirements(system, pair.value)])
    ),
  ];
}

/** The key that is to blame, and the look that throws where it is. */
type Requirement = readonly [key: readonly string[], look: () => unknown];

function requirements(files: FileSystem, pair: PairConfiguration): Requirement[] {
  const { paths, trust, issuer, hook } = pair;
  return [
    ...(["certificate", "key", "combined"] as const).flatMap((role): Requirement[] => {
      const path = paths[role];
      return path === undefined ? [] : [[[role], () => resolveFile(files, path)]];
    }),
    ...(issuer?.kind === "local"
      ? [[["issuer", "data_dir"], () => requireAuthority(files, issuer.dataDirectory)] as const]
      : []),
    ...(trust === undefined || isOfAuthority(pair)
      ? []
      : [[["trust"], () => loadAnchors(files, trust)] as const]),
    ...(issuer?.kind === "command"
      ? [[["issuer", "command"], () => requireProgram(files, issuer.command[0])] as const]
      : []),
    ...(hook === undefined
      ? []
      : [[["hook", "command"], () => requireProgram(files, hook.command[0])] as const]),
  ];
}

function trustRequirements(system: System, pair: PairConfiguration): Requirement[] {
  return placesOf(pair).map((used) => [used.key, () => requireTrustedPlaces(system, [used])]);
}

function attempts<T>(
  { place, key }: Written<T>,
  requirements: readonly Requirement[],
): ConfigurationProblem[] {
  return requirements.flatMap(([path, look]) => {
    try {
      look();
      return [];
    } catch (cause) {
      if (!(cause instanceof CertswapError)) throw cause;
      return [{
        ...place(...path),
        mistake: { kind: "unusable-path", key: key(...path), cause } as const,
      }];
    }
  });
}

function requireDirectory(files: FileSystem, path: string): void {
  const { kind } = files.stat(files.realPath(path));
  if (kind !== "directory") throw new WrongFileKindError(path, "directory", kind);
}

/** A CA that has been initialised: its certificate is made last. */
function requireAuthority(files: FileSystem, dataDirectory: string): void {
  loadAnchors(files, join(dataDirectory, "ca.crt"));
}

/** By default the anchor is the CA's own certificate, and one complaint about it is enough. */
function isOfAuthority({ trust, issuer }: PairConfiguration): boolean {
  return issuer?.kind === "local" && trust === join(issuer.dataDirectory, "ca.crt");
}

/**
 * Insists that a program is there and can be run. A bare name is let through: it is looked for in PATH when it
 * is run, and PATH is another one then.
 *
 * @throws FileSystemError, WrongFileKindError, NotExecutableError
 */
export function requireProgram(files: FileSystem, program: string): void {
  if (!program.startsWith("/")) return;
  const { kind, mode } = files.stat(files.realPath(program));
  if (kind !== "file") throw new WrongFileKindError(program, "file", kind);
  if ((mode & 0o111) === 0) throw new NotExecutableError(program);
}
