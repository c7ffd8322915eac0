/** What judges pairs by their configuration, for lazy imports only. */
// The bundle has it in no file of a command that reads no configuration, and knows it by this file's name.
export { judgeBy } from "../../device/rotation/mod.ts";
