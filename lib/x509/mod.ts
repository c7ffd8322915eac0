/** Keys, names, certificates, requests and CRLs: bytes in, typed values out. Accesses no files. */
export * from "./encoding/mod.ts";
export {
  BadCertificateError,
  BadDerError,
  BadPemError,
  BadPrivateKeyError,
  EncryptedPrivateKeyError,
  InvalidAlternativeNameError,
  NotPemError,
  SeveralCertificatesError,
  TruncatedDerError,
  UnexpectedPemBlockError,
  UnsupportedKeyError,
} from "./errors.ts";
export * from "./key/mod.ts";
export * from "./name/mod.ts";
export type {
  AlternativeNameProblem,
  CertificateProblem,
  CrlProblem,
  DerProblem,
  DistinguishedNameProblem,
  NameConstraintProblem,
  PemProblem,
  PrivateKeyProblem,
  RequestProblem,
  UnsupportedKey,
} from "./problems.ts";
export * from "./read/mod.ts";
export * from "./serial.ts";
export * from "./verify/mod.ts";
export * from "./write/mod.ts";
