/** Lists of issued certificates, as text and as JSON. */
import type { ListedCertificate } from "../../../../ca/inventory/mod.ts";
import type { Json } from "../../../print/mod.ts";
import { table } from "../../../text.ts";

/** The table of `ca list`, or a part of it. */
export function listing(
  certificates: readonly ListedCertificate[],
  { serialLength = 0, isContinued = false }: {
    /** The length of the longest serial number in all parts. */
    readonly serialLength?: number;
    /** Whether another part is before it, with the titles. */
    readonly isContinued?: boolean;
  } = {},
): string[] {
  const lines = table(
    [
      { title: "SERIAL", width: serialLength },
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
  return isContinued ? lines.slice(1) : lines;
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
