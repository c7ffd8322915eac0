/** The commands of `certswap ca config`. */
export { config } from "./config.ts";
