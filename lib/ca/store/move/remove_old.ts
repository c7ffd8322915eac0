/** Removes the store that a move has kept. */
import type { System } from "../../../system/mod.ts";
import { withSession } from "../../../transaction/mod.ts";
import { CaNotInitializedError, MoveDiffersError } from "../../errors.ts";
import { requireReadable } from "../completeness.ts";
import { findDataDirectory, readStoreName, requireTrustedCa } from "../files/mod.ts";
import { type StoreName, storeNames } from "../store_name.ts";
import type { Kinds } from "./move.ts";

/** A store that a move has kept, and that is removed now. */
export interface RemovedStore {
  readonly kind: StoreName;
  /** What it is called: `index.json.moved`. */
  readonly name: string;
}

/** Options of {@linkcode removeOldStores}. */
export interface RemoveOldOptions {
  readonly dataDirectory: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/**
 * Removes every store of this CA that is not in use, after it was checked that the one in use has all of
 * their certificates.
 *
 * @returns what was removed.
 * @throws MoveDiffersError if a certificate is missing in the store in use: nothing is removed then.
 */
export async function removeOldStores(
  system: System,
  { dataDirectory, lockTimeout }: RemoveOldOptions,
  kinds: Kinds,
): Promise<readonly RemovedStore[]> {
  const directory = findDataDirectory(system.files, dataDirectory);
  if (directory === undefined) throw new CaNotInitializedError(dataDirectory);
  requireTrustedCa(system, dataDirectory);
  await requireReadable(await kinds.open(system, directory));
  return await withSession(system, directory.site, {
    lockTimeout,
    work: async () => {
      const inUse: StoreName = await readStoreName(system.files, directory);
      const store = await kinds.open(system, directory);
      await requireReadable(store);
      const removed: RemovedStore[] = [];
      for (const kind of storeNames) {
        if (kind === inUse) continue;
        const old = await (await kinds.movable(kind)).openOld(system, directory);
        if (old === undefined) continue;
        for await (const serials of old.serials()) {
          for (const serial of serials) {
            if (await store.find(serial) === undefined) {
              throw new MoveDiffersError(`certificate ${serial}`);
            }
          }
        }
        await old.remove();
        removed.push({ kind, name: old.name });
      }
      return removed;
    },
  });
}
