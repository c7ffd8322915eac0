/** `ca certificates`: what peers need to verify the certificates of a CA. */
import type { System } from "../../system/mod.ts";
import {
  type Certificate,
  certificatesEqual,
  formatName,
  formatSerial,
  isValidAt,
  writePem,
} from "../../x509/mod.ts";
import { findCa } from "../ca.ts";
import { readCertificates, readHierarchy, readRoot } from "../issue/mod.ts";
import type { CaLocation } from "../store/mod.ts";
import { findIssuingCa } from "../succession/mod.ts";

/** A certificate that peers need. */
export interface PeerCertificate {
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly serial: string;
  readonly notAfter: Date;
}

/** Report of `ca certificates`. */
export interface CertificatesReport {
  readonly certificates: readonly PeerCertificate[];
  /** PEM, in the same order. */
  readonly pem: string;
  /** The one that ends the chain. */
  readonly top: Certificate;
}

/**
 * Reads the certificates that peers need: the CA's own, those above it up to the root, then older ones of
 * this CA that are still valid, because some of its leaves may be delivered with them, and those of other CAs
 * that are to be trusted or are on the way to one. Writes nothing. If another CA issues instead of this
 * one, they are that CA's.
 */
export async function peerCertificates(
  system: System,
  location: CaLocation,
): Promise<CertificatesReport> {
  const store = await findCa(system, await findIssuingCa(system, location));
  const { root, above, bundle = [] } = await readHierarchy(store, await readRoot(store));
  const now = system.clock.now();
  const older = (await readCertificates(store, "previous")).filter((one) => isValidAt(one, now));
  const all = [root.certificate, ...above, ...older, ...bundle];
  const certificates = all.filter((one, index) =>
    all.findIndex((other) => certificatesEqual(one, other)) === index
  );
  return {
    certificates: certificates.map(describe),
    top: above.at(-1) ?? root.certificate,
    pem: certificates.map(({ der }) => writePem("CERTIFICATE", der)).join(""),
  };
}

function describe({ subject, serial, notAfter }: Certificate): PeerCertificate {
  return { subject: formatName(subject), serial: formatSerial(serial), notAfter };
}
