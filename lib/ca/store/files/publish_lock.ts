/** The lock that keeps two processes of one machine from publishing a CRL at the same time. */
import type { System } from "../../../system/mod.ts";
import { withLock } from "../../../transaction/mod.ts";
import type { PublishOptions } from "../store.ts";
import { type DataDirectory, requireTrustedCa } from "./data_directory.ts";

/**
 * Does work while no other process of this machine publishes a CRL of this CA. It is another lock than that
 * of changes: they stay possible meanwhile.
 *
 * @throws LockedError, UntrustedPlaceError, and the errors of `work`.
 */
export async function withPublishLock<T>(
  system: System,
  { written, site: { stateDirectory } }: DataDirectory,
  options: PublishOptions<T>,
): Promise<T> {
  requireTrustedCa(system, written);
  const site = { stateDirectory, name: "publish", manages: () => false, directories: [] };
  return await withLock(system, site, options);
}
