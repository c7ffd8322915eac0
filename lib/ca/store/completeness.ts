/** Checks whether a store contains a complete CA. */
import { CaIncompleteError, CaNotInitializedError } from "../errors.ts";
import type { CaStore, Presence } from "./store.ts";

/** Whether both parts exist that make a store a CA. */
export function isComplete({ key, root }: Presence): boolean {
  return key && root;
}

/**
 * Checks that there is a complete CA.
 *
 * @param state `isRecoveryDue`: whether an interrupted change may complete it.
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function requireComplete(
  store: CaStore,
  state: { readonly isRecoveryDue?: boolean } = {},
): Promise<void> {
  const { key, root } = await store.presence();
  if (!key && !root) throw new CaNotInitializedError(store.written, state);
  const missing = key ? "root" : "key";
  if (!key || !root) {
    throw new CaIncompleteError(store.written, store.nameOf(missing).inStore, state);
  }
}
