/** Keys, names, certificates, requests and revocation lists: bytes in, typed values out. Touches no file. */
export * from "./certificate.ts";
export * from "./certificate_file.ts";
export * from "./chain.ts";
export * from "./errors.ts";
export { escapeUntrusted } from "./escape.ts";
export type { BasicConstraints, Extension, KeyUsage } from "./extensions.ts";
export { formatGeneralName, type GeneralName } from "./general_name.ts";
export * from "./identity.ts";
export { formatName, type Name, type NameAttribute, namesEqual } from "./name.ts";
export * from "./pair.ts";
export * from "./pem.ts";
export { type PrivateKey } from "./private_key.ts";
export * from "./private_key_file.ts";
export type { Curve, KeyAlgorithm, PublicKey } from "./public_key.ts";
