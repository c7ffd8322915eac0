/** The names of the kinds of store, as in `store.json` and `--store`. */

/** A kind of store. */
export type StoreName = (typeof storeNames)[number];

/** All kinds of store, the default first. */
export const storeNames = ["directory", "sqlite", "postgres"] as const;

/** Whether this is the name of a kind of store. */
export function isStoreName(value: unknown): value is StoreName {
  return storeNames.some((name) => name === value);
}
