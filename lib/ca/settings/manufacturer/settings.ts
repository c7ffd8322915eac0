/** A manufacturer whose bootstrap certificates are accepted for enrolment. */

/** The fields of a bootstrap certificate that names can be made from. */
export const birthFields = ["serialNumber", "CN", "DNS"] as const;

/** One of {@linkcode birthFields}: attributes of the subject, and the alternative names for DNS. */
export type BirthField = (typeof birthFields)[number];

/** A manufacturer whose bootstrap certificates are accepted for enrolment. */
export interface Manufacturer {
  readonly name: string;
  /** The file with its CA certificates, PEM. Absolute. */
  readonly ca: string;
  /** Files with CRLs, PEM or DER; empty: revocation is not checked. Absolute. */
  readonly crls: readonly string[];
  /** The names that a device may enrol for, with fields in braces: `DNS:{serialNumber}.fleet.example`. */
  readonly names: readonly string[];
  /** The name of a profile of leaves. It exists. */
  readonly profile: string;
  /** How many identities a device may have at the same time. */
  readonly identities: "one" | "many";
}
