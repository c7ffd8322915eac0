/** Finds paths in the configuration that lead to the same file. */
import { attempt, directoryOf, type FileSystem, join, nameOf } from "../../../system/mod.ts";
import type { PairConfiguration } from "../configuration.ts";
import type { Place } from "../../../toml/mod.ts";
import type { ConfigurationProblem } from "../errors.ts";
import type { Written } from "../parse_file.ts";
import { type ConfiguredPath, filesOf, outputInputsOf } from "../places.ts";

/** A place, and the key there. */
type KeyPlace = Place & { readonly key: string };

/** A file that a change writes. Its place is looked up only for the paths in question. */
interface WrittenFile {
  readonly place: () => KeyPlace;
  readonly isOutput: boolean;
}

/**
 * Finds paths that lead to the same file, within a pair and between pairs: two renewals would fight over it.
 * Nor may a change write over what an output is made from: a password, or trust anchors.
 */
export function sharedPaths(
  files: FileSystem,
  pairs: readonly Written<PairConfiguration>[],
): ConfigurationProblem[] {
  const seen = new Map<string, WrittenFile>();
  const twice = pairs.flatMap((pair) =>
    filesOf(pair.value.paths).flatMap((written) => {
      const path = resolve(files, written.path);
      const place = placeOf(pair, written);
      const first = seen.get(path);
      if (first !== undefined) return [shared(path, place(), first.place())];
      seen.set(path, { place, isOutput: ["output", "trust_bundle"].includes(`${written.key[0]}`) });
      return [];
    })
  );
  const overwritten = pairs.flatMap((pair) =>
    outputInputsOf(pair.value).flatMap((input) => {
      const path = resolve(files, input.path);
      const first = seen.get(path);
      // The trust anchor of a self-signed certificate may be the certificate itself.
      const isOverwritten = first?.isOutput === true || input.key[0] !== "trust";
      return first !== undefined && isOverwritten
        ? [shared(path, placeOf(pair, input)(), first.place())]
        : [];
    })
  );
  return [...twice, ...overwritten];
}

function placeOf(
  pair: Written<PairConfiguration>,
  { key }: ConfiguredPath,
): () => KeyPlace {
  return () => ({ ...pair.place(...key), key: pair.key(...key) });
}

function shared(
  path: string,
  { file, line, key }: KeyPlace,
  first: KeyPlace,
): ConfigurationProblem {
  return { file, line, mistake: { kind: "shared-path", key, path, first } };
}

/** As far as it can be resolved now. Errors are reported when the pair is used. */
function resolve(files: FileSystem, path: string): string {
  const resolved = attempt(() => files.realPath(path));
  if (resolved !== undefined) return resolved;
  const directory = directoryOf(path);
  return directory === path ? path : join(resolve(files, directory), nameOf(path));
}
