/** Connections to HTTPS servers. */
export { openHttps } from "./open.ts";
