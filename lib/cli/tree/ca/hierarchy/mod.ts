/** The commands about the certificate of a CA. */
export { activate } from "./activate.ts";
export { bundle } from "./bundle.ts";
export { certificates } from "./certificates.ts";
export { crossCertify } from "./cross_certify.ts";
export { intermediate } from "./intermediate.ts";
export { root } from "./root.ts";
