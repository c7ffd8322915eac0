/** Checks whether a store contains a CA: one that can sign, or one that can be read. */
import { CaIncompleteError, CaKeyNotAvailableError, CaNotInitializedError } from "../errors.ts";
import type { CaStore, Presence } from "./store.ts";

/** What is known about an interrupted change. */
interface State {
  /** Whether recovery may complete the CA. */
  readonly isRecoveryDue?: boolean;
}

/** Whether both parts exist that a CA needs to sign. */
export function isComplete({ key, root }: Presence): boolean {
  return key && root;
}

/**
 * Checks that there is a CA with its key.
 *
 * @throws CaNotInitializedError, CaIncompleteError; CaKeyNotAvailableError if only the key is missing, as on
 * an offline root.
 */
export async function requireComplete(store: CaStore, state: State = {}): Promise<void> {
  await requireReadable(store, state);
  const { key } = await store.presence();
  if (!key) throw new CaKeyNotAvailableError(store.nameOf("key").written);
}

/**
 * Checks that there is a CA, with or without its key.
 *
 * @throws CaNotInitializedError, CaIncompleteError
 */
export async function requireReadable(store: CaStore, state: State = {}): Promise<void> {
  const { key, root } = await store.presence();
  if (root) return;
  throw key
    ? new CaIncompleteError(store.written, store.nameOf("root").inStore, state)
    : new CaNotInitializedError(store.written, state);
}
