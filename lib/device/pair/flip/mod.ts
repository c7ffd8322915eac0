/** The directory flip: whole pairs in directories of their own, behind one symbolic link. */
export { flipAround, type FlipPair, linkOf, numberBehind } from "./link.ts";
export {
  createVersion,
  discardVersion,
  type NewVersion,
  planVersion,
  requireActive,
  settleVersions,
  staleVersions,
  sweepVersions,
  type VersionFile,
  versionsOf,
} from "./versions.ts";
