/** What a store knows about a certificate in addition to its record. */
import type { CertificateRecord } from "./store.ts";

/**
 * Details of a certificate. A field is missing if it is unknown: versions before this one recorded none.
 * Names and key are also in the certificate; here they can be searched without reading every certificate.
 */
export interface CertificateDetails {
  /** The name of the profile that it was issued with. */
  readonly profile?: string;
  /** subjectAltName, each name formatted by `formatGeneralName`. */
  readonly names?: readonly string[];
  /** Who asked for it. Untrusted text. */
  readonly requestedBy?: string;
  /** SHA-256 of its SubjectPublicKeyInfo, 64 lowercase hexadecimal digits. */
  readonly key?: string;
  /** The serial number of the certificate that replaces it. */
  readonly supersededBy?: string;
  /** Where it was imported from. Untrusted text. */
  readonly importedFrom?: string;
  /** Whether the store has only the record: the CA was imported without the certificate itself. */
  readonly isLost?: boolean;
  /** The shard of the CRL that lists it if it is revoked; missing if its CA had no shards. From 1. */
  readonly shard?: number;
}

/** New values of details. `null` removes a value. */
export type DetailsPatch = {
  readonly [Field in keyof CertificateDetails]: CertificateDetails[Field] | null;
};

/** A record with its details; `undefined` if the store has none. */
export interface DescribedRecord {
  readonly record: CertificateRecord;
  readonly details: CertificateDetails | undefined;
}
