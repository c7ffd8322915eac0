/** Texts for errors about the hierarchy of CAs. */
export { hierarchyMessages } from "./hierarchy.ts";
