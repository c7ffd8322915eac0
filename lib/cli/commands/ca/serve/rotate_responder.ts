/** `certswap ca serve --rotate-responder`: replaces the OCSP responder of a CA. */
import type { CaOptions } from "../../../../ca/mod.ts";
import { issueResponder } from "../../../../ca/ocsp/mod.ts";
import { formatTime } from "../../../../system/mod.ts";
import { type DataDirectoryFlags, neededFor } from "../../../declaration/selected_ca/mod.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../../print/mod.ts";
import { fields } from "../../../text.ts";
import { signsWithCa } from "../../../tree/mod.ts";
import type { World } from "../../../world.ts";

/** Issues a new responder, which a running server finds within a second. */
export async function rotateResponder(
  world: World,
  ca: CaOptions,
  flags: DataDirectoryFlags,
): Promise<Outcome> {
  const { system, permissions } = world;
  permissions.keepOnly(await neededFor(world, signsWithCa, flags));
  const { responder, serial, path, recovery, warnings } = await issueResponder(system, ca);
  const notAfter = formatTime(responder.certificate.notAfter);
  return {
    json: { serial, notAfter, path, recovery: recoveryToJson(recovery) },
    lines: [
      "OCSP responder replaced successfully.",
      ...fields([["Serial", serial], ["Not After", notAfter], ["File", path]]),
    ],
    notes: didRecover(recovery),
    warnings,
  };
}
