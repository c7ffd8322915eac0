/** `certswap ca token revoke`: removes a one-time secret. */
import { revokeToken } from "../../../../ca/enrol/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { visible } from "../../../text.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";

/** The flags of `certswap ca token revoke`. */
export interface RevokeFlags extends CaFlags, CommonFlags {}

/** `certswap ca token revoke`. */
export default async function revoke(
  world: World,
  flags: RevokeFlags,
  id: string,
): Promise<Outcome> {
  const ca = await selectedCa(world, flags);
  await revokeToken(world.system, { ...ca, id });
  return { json: { id }, lines: [visible(`One-time secret ${id} revoked.`)] };
}
