import { CertswapError, directoryOf, type FileSystem } from "../../system/mod.ts";
import type { Configuration, PairConfiguration } from "../configuration/configuration.ts";
import { resolveFile } from "../resolve.ts";

/** The directories that a rotation of these pairs writes to, each once, with every link resolved. */
export function writtenDirectories(
  files: FileSystem,
  { pairs, metrics }: Configuration,
): readonly string[] {
  const targets = [...pairs.flatMap(targetsOf), ...(metrics === undefined ? [] : [metrics])];
  const authorities = pairs.flatMap(({ issuer }) =>
    issuer?.kind === "local" ? [resolveDirectory(files, issuer.dataDirectory)] : []
  );
  return [
    ...new Set([...targets.map((path) => directoryOf(resolve(files, path))), ...authorities]),
  ].toSorted();
}

function targetsOf({ paths: { certificate, key, combined } }: PairConfiguration): string[] {
  return [certificate, key, ...(combined === undefined ? [] : [combined])];
}

/** As far as it can be resolved now: what is missing stands in the configuration as it will be. */
function resolve(files: FileSystem, path: string): string {
  return attempt(() => resolveFile(files, path)) ?? path;
}

function resolveDirectory(files: FileSystem, path: string): string {
  return attempt(() => files.realPath(path)) ?? path;
}

function attempt(look: () => string): string | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}
