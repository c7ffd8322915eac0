/** The commands about the certificate of a CA. */
export { activate } from "./activate.ts";
export { certificates } from "./certificates.ts";
export { intermediate } from "./intermediate.ts";
export { root } from "./root.ts";
