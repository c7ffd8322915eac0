/** The OBJECT IDENTIFIERs of PKCS#12, in dots. */

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

/** Of encryption with a password: RFC 7292 appendix C, and RFC 8018 A.4. */
export const pbeOid = {
  threeKeyTripleDes: "1.2.840.113549.1.12.1.3",
  twoKeyTripleDes: "1.2.840.113549.1.12.1.4",
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
} as const;

/** Of ciphers in PBES2 (RFC 8018 B.2, NIST CSOR). */
export const cipherOid = {
  aes128: "2.16.840.1.101.3.4.1.2",
  aes192: "2.16.840.1.101.3.4.1.22",
  aes256: "2.16.840.1.101.3.4.1.42",
  tripleDes: "1.2.840.113549.3.7",
} as const;

/** PBMAC1 (RFC 8018 7.1, RFC 9579). */
export const pbmac1Oid = "1.2.840.113549.1.5.14";

/** Hashes by WebCrypto's names. */
export type Hash = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/** Of hashes (RFC 3370 2.1, RFC 5754 2). */
export const digestOid: Readonly<Record<Hash, string>> = {
  "SHA-1": "1.3.14.3.2.26",
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
};

/** Of HMAC with a hash (RFC 8018 B.1). */
export const hmacOid: Readonly<Record<Hash, string>> = {
  "SHA-1": "1.2.840.113549.2.7",
  "SHA-256": "1.2.840.113549.2.9",
  "SHA-384": "1.2.840.113549.2.10",
  "SHA-512": "1.2.840.113549.2.11",
};

/** The hash that an OBJECT IDENTIFIER of one of these tables names. */
export function hashOf(table: Readonly<Record<Hash, string>>, oid: string): Hash | undefined {
  return (Object.keys(table) as Hash[]).find((hash) => table[hash] === oid);
}

/** Names for messages, of what files use and certswap does not have. */
const names: Readonly<Record<string, string>> = {
  [contentOid.signedData]: "a signature instead of a password",
  [contentOid.envelopedData]: "encryption with a public key",
  "1.2.840.113549.1.12.1.1": "RC4-128",
  "1.2.840.113549.1.12.1.2": "RC4-40",
  "1.2.840.113549.1.12.1.5": "RC2-128",
  "1.2.840.113549.1.12.1.6": "RC2-40",
  "1.2.840.113549.1.5.1": "PBES1 with MD2 and DES",
  "1.2.840.113549.1.5.3": "PBES1 with MD5 and DES",
  "1.2.840.113549.1.5.10": "PBES1 with SHA-1 and DES",
  "1.2.840.113549.1.5.11": "PBES1 with SHA-1 and RC2",
  "1.2.840.113549.2.5": "MD5",
  "1.2.840.113549.2.8": "HMAC with SHA-224",
  "1.2.840.113549.2.12": "HMAC with SHA-512/224",
  "1.2.840.113549.2.13": "HMAC with SHA-512/256",
  "1.2.840.113549.3.2": "RC2",
  "1.3.6.1.4.1.11591.4.11": "scrypt",
  "2.16.840.1.101.3.4.2.4": "SHA-224",
  "2.16.840.1.101.3.4.2.7": "SHA3-224",
  "2.16.840.1.101.3.4.2.8": "SHA3-256",
  "2.16.840.1.101.3.4.2.9": "SHA3-384",
  "2.16.840.1.101.3.4.2.10": "SHA3-512",
};

/** The name of an algorithm for messages; its dots if it is not known here. */
export function algorithmName(oid: string): string {
  return names[oid] ?? oid;
}
