/** What belongs to configured pairs and is not made from the active pair, or not as configured. */
import { ConfiguredPairError, type PairConfiguration } from "../../../device/configuration/mod.ts";
import { readStatus, type Surroundings } from "../../../device/status/mod.ts";
import { CertswapError, type System } from "../../../system/mod.ts";

/** Codes of the warnings of `status` about outputs, combined files and rights. */
const codes: ReadonlySet<string> = new Set([
  "combined-stale",
  "output-holds-more",
  "output-locked",
  "output-not-made",
  "output-password",
  "output-stale",
]);

/**
 * Compares the outputs, combined files and rights of all pairs with what is on the disk. Only reads. A pair
 * whose status cannot be read is left to `status`.
 */
export async function undelivered(
  system: System,
  pairs: readonly PairConfiguration[],
  mounts: Surroundings["mounts"],
): Promise<readonly ConfiguredPairError[]> {
  const around = { mounts, rooms: new Map() };
  const found = await Promise.all(pairs.map(async ({ name, paths }) => {
    if (paths.outputs === undefined && paths.rights === undefined && paths.combined === undefined) {
      return [];
    }
    const warnings = await warningsOf(() => readStatus(system, paths, { around }));
    return warnings
      .filter((warning) => warning instanceof CertswapError && codes.has(warning.code))
      .map((cause) => new ConfiguredPairError(name, { cause }));
  }));
  return found.flat();
}

async function warningsOf(
  read: () => Promise<{ readonly warnings: readonly unknown[] }>,
): Promise<readonly unknown[]> {
  try {
    return (await read()).warnings;
  } catch (error) {
    if (error instanceof CertswapError) return [];
    throw error;
  }
}
