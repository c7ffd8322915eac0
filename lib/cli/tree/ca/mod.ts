/** The commands of `certswap ca`. */
export { ca } from "./ca.ts";
