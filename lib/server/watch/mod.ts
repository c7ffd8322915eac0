/** What a server knows of its CA, and how it stays up to date. */
export { type CaView, type ServedCrl } from "./view.ts";
export { CaWatch } from "./watch.ts";
