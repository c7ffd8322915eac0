/** Knows on which disks a pair is. */
export type { LastKnown } from "./last_known.ts";
export {
  mountedFiles,
  mountPointsIn,
  requireMountPoints,
  unmountedDirectories,
} from "./mount_points.ts";
export { findNotMounted, forgetPlaces, requireMounted } from "./mounted.ts";
export { noteLastKnown } from "./note.ts";
