/** The commands about issued certificates and their serial numbers. */
export { serial } from "./serial.ts";
export { show } from "./show.ts";
