/** The OBJECT IDENTIFIERs of encryption with a password (RFC 8018, RFC 7914), in dots. */

/** The scheme, and how it derives its key (RFC 8018 A.2 and A.4, RFC 7914 7). */
export const pbes2Oid = {
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  scrypt: "1.3.6.1.4.1.11591.4.11",
} as const;

/** Of ciphers in PBES2 (RFC 8018 B.2, NIST CSOR). */
export const cipherOid = {
  aes128: "2.16.840.1.101.3.4.1.2",
  aes192: "2.16.840.1.101.3.4.1.22",
  aes256: "2.16.840.1.101.3.4.1.42",
  tripleDes: "1.2.840.113549.3.7",
} as const;

/** Hashes by WebCrypto's names. */
export type Hash = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/** Of HMAC with a hash (RFC 8018 B.1). */
export const hmacOid: Readonly<Record<Hash, string>> = {
  "SHA-1": "1.2.840.113549.2.7",
  "SHA-256": "1.2.840.113549.2.9",
  "SHA-384": "1.2.840.113549.2.10",
  "SHA-512": "1.2.840.113549.2.11",
};

/** The hash that an OBJECT IDENTIFIER of such a table names. */
export function hashOf(table: Readonly<Record<Hash, string>>, oid: string): Hash | undefined {
  return (Object.keys(table) as Hash[]).find((hash) => table[hash] === oid);
}

/** Names for messages, of what files use and certswap does not have. */
const names: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.12.1.1": "RC4-128",
  "1.2.840.113549.1.12.1.2": "RC4-40",
  "1.2.840.113549.1.12.1.3": "3DES with the key derivation of PKCS#12",
  "1.2.840.113549.1.12.1.4": "3DES (two keys) with the key derivation of PKCS#12",
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
  [pbes2Oid.scrypt]: "scrypt",
  "1.3.14.3.2.7": "DES",
  "2.16.840.1.101.3.4.1.6": "AES-128-GCM",
  "2.16.840.1.101.3.4.1.46": "AES-256-GCM",
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
