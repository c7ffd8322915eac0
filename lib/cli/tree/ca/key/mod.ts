/** The commands of `certswap ca key`. */
export { key } from "./key.ts";
