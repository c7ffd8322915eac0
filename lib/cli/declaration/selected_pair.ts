/** Selecting pairs: one by its paths, one from the configuration, or all of the configuration. */
import type { Configuration, PairConfiguration } from "../../device/configuration/mod.ts";
import type { PairPaths } from "../../device/pair/mod.ts";
import type { judgeBy } from "../../device/rotation/mod.ts";
import { UsageError } from "../errors.ts";
import { type PairFlags, pairPaths } from "./flags.ts";
import type { World } from "../world.ts";

/** A pair, and its configuration if it was selected by name. */
export interface SelectedPair {
  readonly paths: PairPaths;
  readonly configured: PairConfiguration | undefined;
}

/**
 * Selects one pair.
 *
 * @throws UsageError if the flags select none, or two.
 * @throws UnknownPairError, and the errors of reading the configuration.
 */
export async function selectPair(world: World, flags: PairFlags): Promise<SelectedPair> {
  const { name } = flags;
  if (name === undefined) return { paths: pairPaths(flags), configured: undefined };
  requireNameAlone(flags);
  const { pairNamed } = await import("./configuration_reader.ts");
  const configured = pairNamed(await configuration(world, flags.config), name);
  return { paths: configured.paths, configured };
}

/**
 * Selects one pair, by its paths or by its name; or every pair of the configuration if no flag selects one.
 *
 * @throws as {@linkcode selectPair}.
 */
export async function selectPairs(
  world: World,
  flags: PairFlags,
): Promise<SelectedPair | Configuration> {
  const isNamed = [flags.name, flags.dir, flags.cert, flags.key, flags.combined]
    .some((flag) => flag !== undefined);
  return isNamed ? await selectPair(world, flags) : await configuration(world, flags.config);
}

/** What judges a pair by what is configured for it: not needed by a line that says which pair. */
export async function loadJudgeBy(): Promise<typeof judgeBy> {
  return (await import("./judging.ts")).judgeBy;
}

/** Reads the configuration: `--config`, else `$CERTSWAP_CONFIG`, else the one in `/etc`. */
export async function configuration(
  world: World,
  flag: string | undefined,
): Promise<Configuration> {
  const { readConfiguration } = await import("./configuration_reader.ts");
  return await readConfiguration(world.system, await configurationPath(world, flag));
}

/** The path of the configuration. */
export async function configurationPath(world: World, flag: string | undefined): Promise<string> {
  const named = flag ?? (world.environment("CERTSWAP_CONFIG") || undefined);
  if (named !== undefined) return named;
  const { defaultConfigurationPath } = await import("./configuration_reader.ts");
  return defaultConfigurationPath;
}

/** The settings for a change of a pair: from the flags, else from the configuration. */
export function defaultsOf(
  configured: PairConfiguration | undefined,
  flags: { readonly trust?: string; readonly keepPrevious: boolean; readonly allowCa?: boolean },
): {
  readonly trust: string | undefined;
  readonly keepPrevious: boolean;
  readonly allowCa: boolean;
} {
  return {
    trust: flags.trust ?? configured?.trust,
    allowCa: flags.allowCa === true || configured?.allowCa === true,
    keepPrevious: flags.keepPrevious || (configured?.keepPrevious ?? 0) > 0,
  };
}

function requireNameAlone({ dir, cert, key, combined }: PairFlags): void {
  if ([dir, cert, key, combined].every((flag) => flag === undefined)) return;
  throw new UsageError(
    ["--name already selects the pair"],
    "Leave out --name, or leave out the paths: they are in the configuration.",
  );
}
