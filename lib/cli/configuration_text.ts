/** What a configuration says, in its own words. */
import type { RenewBefore } from "../device/configuration/mod.ts";
import { formatDuration } from "../device/duration.ts";

/** `33%` or `30d`. */
export function renewBeforeText(renewBefore: RenewBefore): string {
  return renewBefore.kind === "share"
    ? `${Math.round(renewBefore.share * 100)}%`
    : formatDuration(renewBefore.milliseconds);
}
