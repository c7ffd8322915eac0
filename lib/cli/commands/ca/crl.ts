/** `certswap ca crl`: creates a CRL and reports it. */
import { generateCrl } from "../../../ca/mod.ts";
import type { CommonFlags } from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { rows, visible } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";

/** The flags of `certswap ca crl`. */
export interface CrlFlags extends CaFlags, CommonFlags {
  /** Hours. */
  readonly nextUpdate: number;
}

/** `certswap ca crl`. */
export default async function crlCommand(world: World, flags: CrlFlags): Promise<Outcome> {
  const ca = await selectedCa(world, flags);
  const made = await generateCrl(world.system, { ...ca, nextUpdate: flags.nextUpdate });
  const [thisUpdate, nextUpdate] = [formatTime(made.thisUpdate), formatTime(made.nextUpdate)];
  return {
    json: {
      thisUpdate,
      nextUpdate,
      // A string: numbers of up to 20 bytes would lose digits as JSON numbers.
      number: made.number.toString(),
      revoked: made.revoked,
      crl: made.path,
      recovery: recoveryToJson(made.recovery),
    },
    notes: didRecover(made.recovery),
    lines: [
      "CRL generated successfully.",
      ...rows([
        ["This Update", thisUpdate],
        ["Next Update", nextUpdate],
        ["CRL Number", made.number.toString()],
        ["Revoked certificates", made.revoked.toString()],
      ]),
      `  CRL: ${visible(made.path)}`,
    ],
    warnings: made.warnings,
  };
}
