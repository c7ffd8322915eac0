/** `certswap ca reject`: refuses a request that waits. */
import { reject } from "../../../../ca/enrol/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { rows, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";

/** The flags of `certswap ca reject`. */
export interface RejectFlags extends CaFlags, CommonFlags {}

/** `certswap ca reject`. */
export default async function rejectCommand(
  world: World,
  flags: RejectFlags,
  written: string,
): Promise<Outcome> {
  const ca = await selectedCa(world, flags);
  const { id, subject } = await reject(world.system, { ...ca, id: written });
  return {
    json: { id, subject },
    lines: ["Request rejected.", ...rows([["Subject", visible(subject)]])],
  };
}
