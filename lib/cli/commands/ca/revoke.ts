/** `certswap ca revoke`: revokes a certificate, and says which. */
import { revoke } from "../../../ca/revoke.ts";
import type { RevocationReason } from "../../../x509/read/revocation_reason.ts";
import { dataDirectory, type DataDirectoryFlags } from "../../declaration/ca_flags.ts";
import { formatTime } from "../../../system/time.ts";
import { rows } from "../../text.ts";
import type { CommonFlags } from "../../declaration/command.ts";
import type { Outcome } from "../../print/output.ts";
import { didRecover, recoveryToJson } from "../../print/recovery_text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca revoke`. */
export interface RevokeFlags extends DataDirectoryFlags, CommonFlags {
  readonly reason: RevocationReason;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** `certswap ca revoke`. */
export default async function revokeCommand(
  world: World,
  flags: RevokeFlags,
  serial: string,
): Promise<Outcome> {
  const { reason, lockTimeout } = flags;
  const options = { dataDirectory: dataDirectory(world, flags), lockTimeout };
  const done = await revoke(world.system, { ...options, serial, reason });
  return {
    json: {
      serial: done.serial,
      subject: done.subject,
      reason,
      revokedAt: formatTime(done.revokedAt),
      recovery: recoveryToJson(done.recovery),
    },
    notes: didRecover(done.recovery),
    lines: [
      "Certificate revoked successfully.",
      ...rows([["Serial", done.serial], ["Reason", reason]]),
    ],
    warnings: done.warnings,
  };
}
