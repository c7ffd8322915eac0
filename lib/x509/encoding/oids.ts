/** OBJECT IDENTIFIERs of keys (RFC 3279, RFC 4055, RFC 5480, RFC 8410). */
export const keyOid = {
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  ec: "1.2.840.10045.2.1",
  ed25519: "1.3.101.112",
} as const;

/** OBJECT IDENTIFIERs of the extensions that are read (RFC 5280 4.2.1). */
export const extensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
} as const;

/** Names for messages: of what is refused, and so has no type of its own. */
const names: Readonly<Record<string, string>> = {
  "1.2.840.10040.4.1": "DSA",
  // Of a key whose curve has no name, but is spelled out in numbers.
  "1.2.840.10045.2.1": "EC with an unnamed curve",
  "1.2.840.10045.3.1.1": "secp192r1",
  "1.3.132.0.10": "secp256k1",
  "1.3.132.0.33": "secp224r1",
  "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
  "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
  "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
  "1.3.101.110": "X25519",
  "1.3.101.111": "X448",
  "1.3.101.113": "Ed448",
  "1.2.840.113549.1.3.1": "DH",
  "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
  "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
  "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
  "1.2.840.113549.1.1.10": "RSASSA-PSS",
  "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
  "1.2.840.10045.4.1": "ecdsa-with-SHA1",
  "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
  "1.2.840.10040.4.3": "dsa-with-SHA1",
  "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
};

/** The name of an algorithm or curve, or its dots where it is not known. */
export function nameOfOid(oid: string): string {
  return names[oid] ?? oid;
}
