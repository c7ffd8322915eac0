/** What is known of the disks that a pair lies on. */
export type { LastKnown } from "./last_known.ts";
export { requireMountPoints } from "./mount_points.ts";
export { forgetLastKnown, noteLastKnown } from "./note.ts";
export { findNotMounted, requireMounted } from "./not_mounted.ts";
