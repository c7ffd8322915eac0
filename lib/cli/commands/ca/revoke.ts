import { revoke } from "../../../ca/revoke.ts";
import type { RevocationReason } from "../../../x509/revocation_reason.ts";
import { dataDirectory, type DataDirectoryFlags } from "../../ca_flags.ts";
import { rows } from "../../ca_text.ts";
import type { CommonFlags } from "../../command.ts";
import type { Outcome } from "../../output.ts";
import { didRecover, recoveryToJson } from "../../recovery_text.ts";
import { formatTime } from "../../text.ts";
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
