/** PKCS#12, read and written: bytes in, typed values out. Loaded when such a file is read or written. */
export { pairOf, type Pkcs12Pair } from "./identity.ts";
export { pkcs12FileLimit, type Profile } from "./limits.ts";
export { type Pkcs12Content, readPkcs12 } from "./read.ts";
export { type Pkcs12Parts, type WriteOptions, writePkcs12 } from "./write.ts";
