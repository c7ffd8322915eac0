/** The OBJECT IDENTIFIERs of PKCS#12, in dots. */
import { algorithmName, type Hash } from "../pbes2/mod.ts";

/** Of content types (RFC 5652 4 to 6). */
export const contentOid = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  envelopedData: "1.2.840.113549.1.7.3",
  encryptedData: "1.2.840.113549.1.7.6",
} as const;

/** Of bags (RFC 7292 4.2). */
export const bagOid = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  safeContents: "1.2.840.113549.1.12.10.1.6",
} as const;

/** x509Certificate, the only kind of certificate in use (RFC 7292 4.2.3). */
export const x509CertificateOid = "1.2.840.113549.1.9.22.1";

/** Of attributes of bags (RFC 2985 5.5). */
export const bagAttributeOid = {
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
  /** Java's mark of a certificate that is trusted; its value is a purpose. */
  trustedKeyUsage: "2.16.840.1.113894.746875.1.1",
} as const;

/** Of encryption with a password (RFC 7292 appendix C). */
export const pbeOid = {
  threeKeyTripleDes: "1.2.840.113549.1.12.1.3",
  twoKeyTripleDes: "1.2.840.113549.1.12.1.4",
} as const;

/** PBMAC1 (RFC 8018 7.1, RFC 9579). */
export const pbmac1Oid = "1.2.840.113549.1.5.14";

/** Of hashes (RFC 3370 2.1, RFC 5754 2). */
export const digestOid: Readonly<Record<Hash, string>> = {
  "SHA-1": "1.3.14.3.2.26",
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
};

/** Names for messages, of kinds of content that certswap does not have. */
const contentNames: Readonly<Record<string, string>> = {
  [contentOid.signedData]: "a signature instead of a password",
  [contentOid.envelopedData]: "encryption with a public key",
};

/** The name of an algorithm for messages; its dots if it is not known here. */
export function nameOfAlgorithm(oid: string): string {
  return contentNames[oid] ?? algorithmName(oid);
}
