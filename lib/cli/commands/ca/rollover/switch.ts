/** `certswap ca rollover switch`: lets the next CA issue, or the replaced one again. */
import { switchBack, switchRollover } from "../../../../ca/rollover/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { signingCa, type SigningFlags } from "../ca_options.ts";
import { stepOutcome } from "./text.ts";

/** The flags of `certswap ca rollover switch`. */
export interface SwitchFlags extends SigningFlags, CommonFlags {
  readonly back: boolean;
}

/** `certswap ca rollover switch`. */
export default async function switchCommand(world: World, flags: SwitchFlags): Promise<Outcome> {
  const { settings: _, ...options } = await signingCa(world, flags);
  if (flags.back) {
    return stepOutcome(await switchBack(world.system, options), [
      "Switched back: this CA issues again.",
      "Certificates of the next CA stay valid, and clients get the certificates of both CAs.",
      "To end the rollover: certswap ca rollover cancel",
    ], flags);
  }
  const report = await switchRollover(world.system, options);
  return stepOutcome(report, [
    `Switched: the CA in ${visible(report.next)} issues instead of this one.`,
    "This CA still revokes what it has issued. Keep issuing its CRL.",
    "Next: certswap ca rollover finish, when devices have renewed. " +
    "To see how many have: certswap ca rollover status",
    "To undo it: certswap ca rollover switch --back",
  ], flags);
}
