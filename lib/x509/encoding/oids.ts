/** Every OBJECT IDENTIFIER that certswap uses, and the names of algorithms for messages. */

/** Key algorithms (RFC 3279, RFC 4055, RFC 5480, RFC 8410). */
export const keyOid = {
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  ec: "1.2.840.10045.2.1",
  ed25519: "1.3.101.112",
} as const;

/** Curves, by WebCrypto's names (RFC 5480 2.1.1.1). */
export const curveOid = {
  "P-256": "1.2.840.10045.3.1.7",
  "P-384": "1.3.132.0.34",
  "P-521": "1.3.132.0.35",
} as const;

/** Signature algorithms (RFC 4055 5, RFC 5758 3.2), by WebCrypto's names of the hashes. */
export const signatureOid = {
  "ecdsa": {
    "SHA-256": "1.2.840.10045.4.3.2",
    "SHA-384": "1.2.840.10045.4.3.3",
    "SHA-512": "1.2.840.10045.4.3.4",
  },
  "rsa-pkcs1": {
    "SHA-256": "1.2.840.113549.1.1.11",
    "SHA-384": "1.2.840.113549.1.1.12",
    "SHA-512": "1.2.840.113549.1.1.13",
  },
} as const;

/** id-sha1 (RFC 3370 2.1): only for identifiers, such as those of OCSP, never in signatures. */
export const sha1Oid = "1.3.14.3.2.26";

/** Hashes, by WebCrypto's names (RFC 4055 2.1). */
export const hashOid = {
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
} as const;

/** id-mgf1, the mask function of RSASSA-PSS (RFC 4055 2.2). */
export const mgf1Oid = "1.2.840.113549.1.1.8";

/** Extensions of certificates (RFC 5280 4.2.1), CRLs (5.2) and CRL entries (5.3). */
export const extensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  nameConstraints: "2.5.29.30",
  cRLDistributionPoints: "2.5.29.31",
  issuingDistributionPoint: "2.5.29.28",
  certificatePolicies: "2.5.29.32",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
  /** X.509 (2005) 8.5.2.12; not in RFC 5280. */
  expiredCertsOnCRL: "2.5.29.60",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  /** id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1): the certificate of a responder is not checked itself. */
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
} as const;

/** How authorityInfoAccess gives access to something (RFC 5280 4.2.2.1). */
export const accessMethodOid = {
  ocsp: "1.3.6.1.5.5.7.48.1",
  caIssuers: "1.3.6.1.5.5.7.48.2",
} as const;

/** Key purposes, by the names of RFC 5280 4.2.1.12. anyExtendedKeyUsage means every purpose. */
export const purposeOid = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  OCSPSigning: "1.3.6.1.5.5.7.3.9",
  anyExtendedKeyUsage: "2.5.29.37.0",
} as const;

/** Attributes of a request: extensionRequest (RFC 2985 5.4.2), and Microsoft's equivalent. */
export const requestAttributeOid = {
  extensionRequest: "1.2.840.113549.1.9.14",
  microsoftExtensions: "1.3.6.1.4.1.311.2.1.14",
} as const;

/** Naming attributes, by their short names (RFC 4514 3, RFC 4519, RFC 5280 appendix A.1). */
export const attributeOid = {
  CN: "2.5.4.3",
  SN: "2.5.4.4",
  serialNumber: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  STREET: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  title: "2.5.4.12",
  GN: "2.5.4.42",
  UID: "0.9.2342.19200300.100.1.1",
  DC: "0.9.2342.19200300.100.1.25",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;

/** Names for messages, of things that are refused and therefore have no constant of their own. */
const names: Readonly<Record<string, string>> = {
  "1.2.840.10040.4.1": "DSA",
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
  [keyOid.rsaPss]: "RSASSA-PSS",
  "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
  "1.2.840.10045.4.1": "ecdsa-with-SHA1",
  "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
  "1.2.840.10040.4.3": "dsa-with-SHA1",
  "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
  // Extensions that make a certificate unusable if they are critical.
  "2.5.29.9": "subjectDirectoryAttributes",
  "2.5.29.16": "privateKeyUsagePeriod",
  "2.5.29.18": "issuerAltName",
  [extensionOid.nameConstraints]: "nameConstraints",
  [extensionOid.cRLDistributionPoints]: "cRLDistributionPoints",
  [extensionOid.issuingDistributionPoint]: "issuingDistributionPoint",
  [extensionOid.certificatePolicies]: "certificatePolicies",
  "2.5.29.33": "policyMappings",
  "2.5.29.36": "policyConstraints",
  "2.5.29.46": "freshestCRL",
  "2.5.29.54": "inhibitAnyPolicy",
  [extensionOid.authorityInfoAccess]: "authorityInfoAccess",
  "1.3.6.1.5.5.7.1.3": "qcStatements",
  "1.3.6.1.5.5.7.1.7": "ipAddrBlocks",
  "1.3.6.1.5.5.7.1.8": "autonomousSysIds",
  "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
  "1.3.6.1.5.5.7.1.14": "proxyCertInfo",
  "1.3.6.1.5.5.7.1.24": "tlsFeature",
  [extensionOid.ocspNoCheck]: "ocspNoCheck",
  "1.3.6.1.4.1.11129.2.4.3": "precertificate poison",
  "2.16.840.1.113730.1.1": "netscapeCertType",
};

/** The name of an algorithm, curve or extension; the OBJECT IDENTIFIER in dots if the name is unknown. */
export function nameOfOid(oid: string): string {
  return names[oid] ?? oid;
}
