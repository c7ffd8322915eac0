/** Nothing is known of what is mounted, or of how much room there is. */
import type { Volumes } from "../../../lib/system/mod.ts";

/** What most tests see around a pair. */
export const unknownVolumes: Volumes = {
  mounts: () => Promise.resolve(undefined),
  room: () => Promise.resolve(undefined),
};
