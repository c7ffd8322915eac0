/** Texts for errors about the hierarchy of CAs. */
export { bundleMessages, hierarchyMessages } from "./hierarchy.ts";
export { rolloverMessages } from "./rollover.ts";
