/** How commands print lists of issued certificates. */
export { listedToJson, listing } from "./listing.ts";
