/** `certswap status --metrics`: writes the metrics for node_exporter. */
import { type ConfiguredStatus, writeMetrics } from "../../device/status/mod.ts";
import type { World } from "../world.ts";

/** The pairs, and the path of the metrics file. */
interface StatusMetrics {
  readonly pairs: readonly ConfiguredStatus[];
  readonly path: string;
}

/**
 * Writes the metrics of every pair. Keeps the metrics of the last run of `rotate`.
 *
 * In its own file, because the bundle of `status` leaves it out, see `scripts/build/bundle.ts`.
 *
 * @throws UntrustedPlaceError, FileSystemError
 */
export async function statusMetrics(
  { system }: World,
  { pairs, path }: StatusMetrics,
): Promise<void> {
  await writeMetrics(system, path, { pairs, runs: new Map() });
}
