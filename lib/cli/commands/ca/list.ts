/** `certswap ca list`: prints the issued certificates, as a table and as JSON. */
import { list, type ListedCertificate } from "../../../ca/mod.ts";
import { type CommonFlags, dataDirectory, type DataDirectoryFlags } from "../../declaration/mod.ts";
import { table } from "../../text.ts";
import { type Json, type Outcome, outlookToJson, wouldRecover } from "../../print/mod.ts";
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
      certificates.map(({ record, status }) => [
        record.serial,
        status,
        record.notAfter,
        record.subject,
      ]),
    ),
  };
}

function toJson({ record, status }: ListedCertificate): Json {
  return {
    serial: record.serial,
    subject: record.subject,
    notBefore: record.notBefore,
    notAfter: record.notAfter,
    status,
    revokedAt: record.revokedAt || null,
    reason: record.revocationReason || null,
  };
}
