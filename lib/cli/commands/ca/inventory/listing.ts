/** Lists of issued certificates, as text and as JSON. */
import type { ListedCertificate } from "../../../../ca/inventory/mod.ts";
import type { Json } from "../../../print/mod.ts";
import { table } from "../../../text.ts";

/** The table of `ca list`. */
export function listing(certificates: readonly ListedCertificate[]): string[] {
  return table(
    [
      { title: "SERIAL" },
      { title: "STATUS", width: "revoked".length },
      { title: "NOT AFTER" },
      { title: "SUBJECT" },
    ],
    certificates.map(({ record, status, details }) => [
      record.serial,
      status,
      record.notAfter,
      // A subject always has a "=" before the first ":", so the two cannot be confused.
      record.subject || details.names?.[0] || "",
    ]),
  );
}

/** One certificate of a list. */
export function listedToJson(
  { record, status, details }: ListedCertificate,
): { readonly [name: string]: Json } {
  return {
    serial: record.serial,
    subject: record.subject,
    names: details.names ?? null,
    notBefore: record.notBefore,
    notAfter: record.notAfter,
    status,
    revokedAt: record.revokedAt || null,
    reason: record.revocationReason || null,
    profile: details.profile ?? null,
    requestedBy: details.requestedBy ?? null,
    supersededBy: details.supersededBy ?? null,
    importedFrom: details.importedFrom ?? null,
  };
}
