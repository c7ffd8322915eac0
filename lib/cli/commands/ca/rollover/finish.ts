/** `certswap ca rollover finish`: lets clients get only the certificates of the next CA. */
import { finishRollover } from "../../../../ca/rollover/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";
import { stepOutcome } from "./text.ts";

/** The flags of `certswap ca rollover finish`. */
export interface FinishFlags extends CaFlags, CommonFlags {
  readonly leaveBehind?: number;
}

/** `certswap ca rollover finish`. */
export default async function finishCommand(world: World, flags: FinishFlags): Promise<Outcome> {
  const { settings: _, ...options } = await selectedCa(world, flags);
  const { leaveBehind } = flags;
  const report = await finishRollover(world.system, { ...options, leaveBehind });
  return stepOutcome(report, [
    `Rollover finished: clients get only the certificates of the CA in ${visible(report.next)}.`,
    "Keep issuing the CRL of this CA until its last certificate has expired ('ca rollover status').",
  ], flags);
}
