/** PKCS#12 on a device. Loaded when such a file is read or written: no other start needs it. */
export { readPkcs12, writePkcs12 } from "../../protocol/pkcs12/mod.ts";
export { loadPkcs12, type Pkcs12Files } from "./load_pkcs12.ts";
export { readPasswordFile } from "./load_pkcs12.ts";
export { SecretFileError } from "../../system/mod.ts";
