/** When a trust bundle is refreshed. In its own file: every rotation loads it. */
import { hour } from "../../../system/mod.ts";
import type { ActivePair, BundleRecord, Pair, PairState } from "../../pair/mod.ts";
import type { Output } from "../../pair/outputs/mod.ts";
import type { ClockVerdict } from "../decide/mod.ts";

/** A little less than a day, in milliseconds: a timer that runs once a day is never exact. */
const interval = 22 * hour;

/** The trust bundle of a pair, if it has one. */
export function bundleOf({ outputs }: Pick<Pair, "outputs">): Output | undefined {
  return outputs.find(({ isBundle }) => isBundle);
}

/** What the state says of a trust bundle. */
export function recordOf({ outputs = [] }: PairState, path: string): BundleRecord | undefined {
  return outputs.find((record) => record.path === path)?.bundle;
}

/** Whether the source of a trust bundle is asked now: once a day, beside a usable pair. */
export function isRefreshDue(
  pair: Pick<Pair, "outputs">,
  { state, active, clock, now }: {
    readonly state: PairState;
    readonly active: Pick<ActivePair, "condition">;
    readonly clock: ClockVerdict;
    readonly now: Date;
  },
): boolean {
  const bundle = bundleOf(pair);
  if (bundle === undefined || active.condition !== "sound" || clock !== "plausible") return false;
  const asked = recordOf(state, bundle.path)?.asked;
  return asked === undefined || Math.abs(now.getTime() - asked.getTime()) >= interval;
}
