/** `certswap ca bundle remove`: removes a certificate from what clients get. */
import { removeFromBundle } from "../../../../ca/bundle/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";
import { changedBundle } from "./bundle_text.ts";

/** The flags of `certswap ca bundle remove`. */
export interface BundleRemoveFlags extends CaFlags, CommonFlags {}

/** `certswap ca bundle remove`. */
export default async function bundleRemoveCommand(
  world: World,
  flags: BundleRemoveFlags,
  id: string,
): Promise<Outcome> {
  const { dataDirectory, lockTimeout } = await selectedCa(world, flags);
  const report = await removeFromBundle(world.system, { dataDirectory, lockTimeout, id });
  return changedBundle(report, "removed");
}
