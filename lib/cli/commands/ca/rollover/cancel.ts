/** `certswap ca rollover cancel`: ends a rollover in which the next CA does not issue. */
import { cancelRollover } from "../../../../ca/rollover/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";
import { stepOutcome } from "./text.ts";

/** The flags of `certswap ca rollover cancel`. */
export interface CancelFlags extends CaFlags, CommonFlags {
  readonly leaveBehind?: number;
  readonly nextIsLost: boolean;
}

/** `certswap ca rollover cancel`. */
export default async function cancelCommand(world: World, flags: CancelFlags): Promise<Outcome> {
  const { settings: _, ...options } = await selectedCa(world, flags);
  const { leaveBehind, nextIsLost } = flags;
  const report = await cancelRollover(world.system, {
    ...options,
    leaveBehind,
    isNextLost: nextIsLost,
  });
  return stepOutcome(report, [
    "Rollover cancelled: clients get only the certificates of this CA.",
    nextIsLost
      ? "The cross-certificate for the next CA is revoked."
      : `The cross-certificates are revoked. The CA in ${visible(report.next)} stays as it is.`,
  ], flags);
}
