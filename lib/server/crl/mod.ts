/** How a server keeps the CRL of its CA fresh. */
export { type CrlState, crlTask, isLate } from "./keeper.ts";
