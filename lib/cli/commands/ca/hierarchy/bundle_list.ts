/** `certswap ca bundle list`: lists the certificates of other CAs that clients get. */
import { listBundle } from "../../../../ca/bundle/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import type { World } from "../../../world.ts";
import { bundleTable, bundleToJson } from "./bundle_text.ts";

/** The flags of `certswap ca bundle list`. */
export interface BundleListFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca bundle list`. */
export default async function bundleListCommand(
  world: World,
  flags: BundleListFlags,
): Promise<Outcome> {
  const entries = await listBundle(world.system, { dataDirectory: dataDirectory(world, flags) });
  return {
    json: { certificates: entries.map(bundleToJson) },
    lines: entries.length === 0 ? ["The bundle is empty."] : bundleTable(entries),
  };
}
