/** `ca list`: lists the certificates that a CA has issued. */
import type { System } from "../system/mod.ts";
import type { RecoveryOutlook } from "../transaction/mod.ts";
import { findCa, patientOutlook } from "./ca.ts";
import type { CaLocation, CertificateRecord } from "./store/mod.ts";

/** The status of a certificate now. The index only stores active and revoked. */
export type CertificateStatus = "active" | "expired" | "revoked";

/** A certificate that a CA has issued. */
export interface ListedCertificate {
  readonly record: CertificateRecord;
  readonly status: CertificateStatus;
}

/** Report of `ca list`. */
export interface ListReport {
  /** In the order of issue. */
  readonly certificates: readonly ListedCertificate[];
  readonly outlook: RecoveryOutlook;
}

/** Lists the certificates of a CA. Writes nothing and takes no lock. */
export async function list(system: System, location: CaLocation): Promise<ListReport> {
  const store = await findCa(system, location);
  const now = system.clock.now();
  const certificates: ListedCertificate[] = [];
  for await (const page of store.pages()) {
    for (const record of page) certificates.push({ record, status: statusOf(record, now) });
  }
  return { certificates, outlook: await patientOutlook(system, store) };
}

function statusOf({ status, notAfter }: CertificateRecord, now: Date): CertificateStatus {
  if (status === "revoked") return "revoked";
  // The last second is part of the validity period (RFC 5280 4.1.2.5).
  return now.getTime() >= Date.parse(notAfter) + 1000 ? "expired" : "active";
}
