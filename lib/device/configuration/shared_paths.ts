/** Finds paths in the configuration that lead to the same file. */
import { attempt, directoryOf, type FileSystem, join, nameOf } from "../../system/mod.ts";
import type { PairConfiguration } from "./configuration.ts";
import type { ConfigurationProblem, Place } from "./errors.ts";
import type { Written } from "./parse_file.ts";

/**
 * Finds paths that lead to the same file, within a pair and between pairs: two renewals would fight over it.
 */
export function sharedPaths(
  files: FileSystem,
  pairs: readonly Written<PairConfiguration>[],
): ConfigurationProblem[] {
  // Places are looked up only for the paths in question.
  const seen = new Map<string, () => Place & { readonly key: string }>();
  return pairs.flatMap((pair) =>
    Object.entries(pair.value.paths).flatMap(([role, written]) => {
      const path = resolve(files, written);
      const here = (): Place & { readonly key: string } => ({
        ...pair.place(role),
        key: pair.key(role),
      });
      const first = seen.get(path);
      if (first === undefined) {
        seen.set(path, here);
        return [];
      }
      const { file, line, key } = here();
      const mistake = { kind: "shared-path", key, path, first: first() } as const;
      return [{ file, line, mistake }];
    })
  );
}

/** As far as it can be resolved now. Errors are reported when the pair is used. */
function resolve(files: FileSystem, path: string): string {
  return attempt(() => files.realPath(path)) ??
    attempt(() => join(files.realPath(directoryOf(path)), nameOf(path))) ?? path;
}
