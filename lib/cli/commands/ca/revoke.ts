/** `certswap ca revoke`: revokes a certificate and reports it. */
import { revoke } from "../../../ca/mod.ts";
import type { RevocationReason } from "../../../x509/mod.ts";
import type { CommonFlags } from "../../declaration/mod.ts";
import { formatTime } from "../../../system/mod.ts";
import { rows } from "../../text.ts";
import { didRecover, type Outcome, recoveryToJson } from "../../print/mod.ts";
import type { World } from "../../world.ts";
import { type CaFlags, selectedCa } from "./ca_options.ts";

/** The flags of `certswap ca revoke`. */
export interface RevokeFlags extends CaFlags, CommonFlags {
  readonly reason?: RevocationReason;
}

/** `certswap ca revoke`. */
export default async function revokeCommand(
  world: World,
  flags: RevokeFlags,
  serial: string,
): Promise<Outcome> {
  const { settings, ...ca } = await selectedCa(world, flags);
  const reason = flags.reason ?? settings.defaults.reason ?? "unspecified";
  const done = await revoke(world.system, { ...ca, serial, reason });
  return {
    json: {
      serial: done.serial,
      subject: done.subject,
      reason,
      revokedAt: formatTime(done.revokedAt),
      recovery: recoveryToJson(done.recovery),
    },
    notes: [
      ...didRecover(done.recovery),
      // For a person; a script that revokes also makes the CRL.
      ...(world.stderr.isTerminal
        ? ["Clients learn of it only from the next CRL. To create it: certswap ca crl"]
        : []),
    ],
    lines: [
      "Certificate revoked successfully.",
      ...rows([["Serial", done.serial], ["Reason", reason]]),
    ],
    warnings: done.warnings,
  };
}
