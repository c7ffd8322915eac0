/** `certswap status --metrics`: writes what it finds for node_exporter. */
import { type ConfiguredStatus, writeMetrics } from "../../device/status/mod.ts";
import type { World } from "../world.ts";

/** What is measured, and where to. */
interface StatusMetrics {
  readonly pairs: readonly ConfiguredStatus[];
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
  { pairs, path }: StatusMetrics,
): Promise<void> {
  await writeMetrics(system, path, { pairs, runs: new Map() });
}
