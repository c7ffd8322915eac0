/** Refuses every change of a pair if one of its disks may not be mounted. */
import type { System } from "../../system/mod.ts";
import { type SessionOptions, withSession } from "../../transaction/mod.ts";
import { findNotMounted, forgetPlaces } from "../pair/last_known/mod.ts";
import type { Pair } from "../pair/mod.ts";

/** The operator's word on missing files. */
export interface MissingOptions {
  /** They are gone permanently: certswap forgets where they were. */
  readonly acceptMissing?: boolean | undefined;
}

/**
 * Refuses a pair if one of its files is missing, probably because its disk is not mounted. If the operator
 * says that the file is gone, certswap forgets where it was.
 *
 * @throws NotMountedError; the errors of `withSession` and of its commit.
 */
export async function requireNothingMissing(
  system: System,
  pair: Pair,
  { acceptMissing = false, lockTimeout }: MissingOptions & SessionOptions,
): Promise<void> {
  const error = await findNotMounted(system, pair);
  if (error === undefined) return;
  if (!acceptMissing) throw error;
  await withSession(system, pair.site, {
    lockTimeout,
    work: async (session) => await session.commit(await forgetPlaces(system, pair)),
  });
}
