/** `certswap ca approve`: issues the certificate of a request that waits. */
import { approve } from "../../../../ca/enrol/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { rows, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { signingCa, type SigningFlags } from "../ca_options.ts";

/** The flags of `certswap ca approve`. */
export interface ApproveFlags extends SigningFlags, CommonFlags {}

/** `certswap ca approve`. */
export default async function approveCommand(
  world: World,
  flags: ApproveFlags,
  written: string,
): Promise<Outcome> {
  const ca = await signingCa(world, flags);
  const { id, serial, subject } = await approve(world.system, { ...ca, id: written });
  return {
    json: { id, serial, subject },
    lines: ["Request approved.", ...rows([["Serial", serial], ["Subject", visible(subject)]])],
  };
}
