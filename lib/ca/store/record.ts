/** What the record of a certificate says. */
import { formatTime } from "../../system/mod.ts";
import { type Certificate, formatName, formatSerial } from "../../x509/mod.ts";
import type { CopiedField } from "./finding.ts";
import type { CertificateRecord, Revoke } from "./store.ts";

type Recorded = Pick<Certificate, "serial" | "subject" | "notBefore" | "notAfter">;

/** The fields that a record copies from its certificate. They do not include the revocation status. */
export function copiedFieldsOf(
  { serial, subject, notBefore, notAfter }: Recorded,
): Pick<CertificateRecord, "serial" | CopiedField> {
  return {
    serial: formatSerial(serial),
    subject: formatName(subject),
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
  };
}

/** The record of a certificate. @param revocation `undefined`: it is active. */
export function recordOf(certificate: Recorded, revocation?: Revoke): CertificateRecord {
  return { ...copiedFieldsOf(certificate), ...statusFields(revocation) };
}

/** The fields of a record that say whether it is revoked. @param revocation `undefined`: it is active. */
export function statusFields(
  revocation: Revoke | undefined,
): Pick<CertificateRecord, "status" | "revokedAt" | "revocationReason"> {
  return revocation === undefined ? { status: "active", revokedAt: "", revocationReason: "" } : {
    status: "revoked",
    revokedAt: formatTime(revocation.at),
    revocationReason: revocation.reason,
  };
}
