/** Keys, names, certificates, requests and revocation lists: bytes in, typed values out. Touches no file. */
export * from "./read/certificate.ts";
export * from "./read/certificate_file.ts";
export * from "./verify/chain.ts";
export { chainOrder } from "./verify/chain_order.ts";
export * from "./errors.ts";
export * from "./verify/chain_errors.ts";
export { formatGeneralName } from "./name/general_name.ts";
export * from "./verify/identity.ts";
export { formatName, namesEqual } from "./name/name.ts";
export * from "./verify/pair.ts";
export { lostPurposes } from "./verify/purposes.ts";
export * from "./encoding/pem.ts";
export { type PrivateKey } from "./key/private_key.ts";
export * from "./key/private_key_file.ts";
export type { PublicKey } from "./key/public_key.ts";
