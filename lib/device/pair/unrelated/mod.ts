/** Files that are not part of a pair. */
export { requirePairFile } from "./pair_file.ts";
export { requireUnmanaged } from "./managed_place.ts";
