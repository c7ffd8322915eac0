/** `certswap ca bundle add`: adds certificates of other CAs to what clients get. */
import { addToBundle } from "../../../../ca/bundle/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { type CaFlags, selectedCa } from "../ca_options.ts";
import { changedBundle } from "./bundle_text.ts";

/** The flags of `certswap ca bundle add`. */
export interface BundleAddFlags extends CaFlags, CommonFlags {}

/** `certswap ca bundle add`. */
export default async function bundleAddCommand(
  world: World,
  flags: BundleAddFlags,
  file: string,
): Promise<Outcome> {
  const { dataDirectory, lockTimeout } = await selectedCa(world, flags);
  const report = await addToBundle(world.system, { dataDirectory, lockTimeout, file });
  return changedBundle(report, "added");
}
