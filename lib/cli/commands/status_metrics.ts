/** `certswap status --metrics`: looks at every pair again, and writes what it finds for node_exporter. */
import type { Configuration } from "../../device/configuration/mod.ts";
import { judgeBy } from "../../device/rotation/mod.ts";
import { readAllStatus, writeMetrics } from "../../device/status/mod.ts";
import type { World } from "../world.ts";

/** What is measured, and where to. */
interface StatusMetrics {
  readonly configuration: Configuration;
  readonly path: string;
}

/**
 * Writes the metrics of every pair. What the last run of `rotate` left there stays.
 *
 * On its own: the bundle of `status` leaves it out, see `scripts/build/bundle.ts`.
 *
 * @throws UntrustedPlaceError, FileSystemError
 */
export async function statusMetrics(
  { system }: World,
  { configuration, path }: StatusMetrics,
): Promise<void> {
  const pairs = await readAllStatus(system, configuration, judgeBy);
  await writeMetrics(system, path, { pairs, runs: new Map() });
}
