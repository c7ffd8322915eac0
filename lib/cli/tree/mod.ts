/** The command tree: each command's words, flags and permissions. */
export { changesPairs, readsPairs, servesCa, servesCaWithoutHook, signsWithCa } from "./needs.ts";
export { root } from "./root.ts";
export { everyCommand, everyGroup, listedCommands, listedGroups, type Place } from "./walk.ts";
