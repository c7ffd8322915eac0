/** `certswap ca serve`: runs the servers of a CA. */
import { readSettings } from "../../../../ca/settings/mod.ts";
import { serve } from "../../../../server/mod.ts";
import type { CommonFlags } from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { servesCaWithoutHook } from "../../../tree/mod.ts";
import type { World } from "../../../world.ts";
import { signingCa, type SigningFlags } from "../ca_options.ts";
import { serverLog } from "./log.ts";
import { permissionFlags } from "./permissions.ts";
import { rotateResponder } from "./rotate_responder.ts";

/** The flags of `certswap ca serve`. */
export interface ServeFlags extends SigningFlags, CommonFlags {
  readonly printPermissions: boolean;
  readonly rotateResponder: boolean;
}

/** `certswap ca serve`. */
export default async function serveCommand(world: World, flags: ServeFlags): Promise<Outcome> {
  const { system, permissions } = world;
  const ca = await signingCa(world, flags);
  if (flags.printPermissions) {
    const lines = await permissionFlags(system, ca);
    return { json: { permissions: lines }, lines };
  }
  if (flags.rotateResponder) return await rotateResponder(world, ca, flags);
  if (ca.settings.crl.publish === undefined) permissions.keepOnly(servesCaWithoutHook);
  const { describe } = await import("../../../messages/mod.ts");
  const log = await serverLog(world, flags);
  try {
    await serve(system, {
      ...ca,
      readSettings: () => readSettings(system, ca),
      onEvent: log.onEvent,
      explain: (error) => describe(error).message,
    });
  } finally {
    log.end();
  }
  return { json: { stopped: true }, lines: [] };
}
