/** CAs besides this one: the one that it replaces, and what is kept of the files of others. */
export { FileCache } from "./file_cache.ts";
export { Predecessor } from "./predecessor.ts";
