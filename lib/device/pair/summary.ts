/** Summarises a certificate for output, JSON and logs. */
import { type Certificate, fingerprint, formatGeneralName, formatName } from "../../x509/mod.ts";

/** The facts about a certificate that an operator needs. Texts are untrusted. */
export interface CertificateSummary {
  /** RFC 4514: `CN=device.example,O=Example`. */
  readonly subject: string;
  /** `DNS:device.example`, `IP:192.0.2.1`. */
  readonly names: readonly string[];
  /** RFC 4514. */
  readonly issuer: string;
  /** Lowercase hexadecimal. */
  readonly serial: string;
  /** SHA-256 of the DER, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Summarises a certificate. */
export async function summarize(certificate: Certificate): Promise<CertificateSummary> {
  const { subject, subjectAltName, issuer, serialNumber, notBefore, notAfter } = certificate;
  return {
    subject: formatName(subject),
    names: subjectAltName.map(formatGeneralName),
    issuer: formatName(issuer),
    serial: serialNumber,
    fingerprint: await fingerprint(certificate),
    notBefore,
    notAfter,
  };
}
