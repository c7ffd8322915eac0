/** `certswap ca list`: the certificates issued, as a table and as JSON. */
import { list, type ListedCertificate } from "../../../ca/list.ts";
import { dataDirectory, type DataDirectoryFlags } from "../../declaration/ca_flags.ts";
import { table } from "../../text.ts";
import type { CommonFlags } from "../../declaration/command.ts";
import type { Json, Outcome } from "../../print/output.ts";
import { outlookToJson, wouldRecover } from "../../print/recovery_text.ts";
import type { World } from "../../world.ts";

/** The flags of `certswap ca list`. */
export interface ListFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca list`. */
export default async function listCommand(world: World, flags: ListFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const { certificates, outlook } = await list(world.system, location);
  return {
    json: { certificates: certificates.map(toJson), recovery: outlookToJson(outlook) },
    notes: wouldRecover(outlook),
    lines: certificates.length === 0 ? ["No certificates issued."] : table(
      [
        { title: "SERIAL" },
        { title: "STATUS", width: "revoked".length },
        { title: "NOT AFTER" },
        { title: "SUBJECT" },
      ],
      certificates.map(({ entry, status }) => [
        entry.serial,
        status,
        entry.not_after,
        entry.subject,
      ]),
    ),
  };
}

function toJson({ entry, status }: ListedCertificate): Json {
  return {
    serial: entry.serial,
    subject: entry.subject,
    notBefore: entry.not_before,
    notAfter: entry.not_after,
    status,
    revokedAt: entry.revoked_at || null,
    reason: entry.revocation_reason || null,
  };
}
