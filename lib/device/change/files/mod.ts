/** What a change makes of the files of a pair: what services read, and everything made from it. */
export { closedFiles, pairChanges } from "./pair_changes.ts";
export { proposeRepair, type Repair } from "./repair.ts";
export { findDefects } from "./defects.ts";
export {
  requireDeliverable,
  requireReplaceable,
  requireReplaceableFile,
} from "./unrelated_file.ts";
