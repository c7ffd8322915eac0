/** What comes before every change of a pair: is a file of it gone, or is only its disk not mounted? */
import type { System } from "../../system/mod.ts";
import { type SessionOptions, withSession } from "../../transaction/mod.ts";
import { findNotMounted, forgetLastKnown } from "../pair/last_known/mod.ts";
import type { Pair } from "../pair/layout.ts";

/** What a person says about missing files. */
export interface MissingOptions {
  /** They are gone for good: where they were is forgotten. */
  readonly acceptMissing?: boolean | undefined;
}

/**
 * Refuses a pair of which a file is missing, most likely because its disk is not mounted; or, if a person says that
 * it is gone, forgets where it was.
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
    work: async (session) => await session.commit(await forgetLastKnown(system, pair)),
  });
}
