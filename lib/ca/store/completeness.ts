/** Whether a store holds a whole CA. */
import { CaIncompleteError, CaNotInitializedError } from "../errors.ts";
import type { CaStore, Presence } from "./store.ts";

/** Whether all is there without which a store is no CA. */
export function isComplete({ key, root }: Presence): boolean {
  return key && root;
}

/**
 * Insists that there is a CA.
 *
 * @param state `isRecoveryDue`: whether a change was cut short that may have been the one to make it.
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function requireComplete(
  store: CaStore,
  state: { readonly isRecoveryDue?: boolean } = {},
): Promise<void> {
  const { key, root } = await store.presence();
  if (!key && !root) throw new CaNotInitializedError(state);
  const missing = key ? "root" : "key";
  if (!key || !root) {
    throw new CaIncompleteError(store.written, store.nameOf(missing).inStore, state);
  }
}
