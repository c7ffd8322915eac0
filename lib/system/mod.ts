/** The doors to the outside. Nothing outside this folder calls `Deno.*` or `node:*` for them. */
export * from "./accounts/mod.ts";
export { isJsonObject, joined, jsonObjectIn, release } from "./bytes.ts";
export * from "./ca_directory/mod.ts";
export { type Clock, denoClock } from "./clock.ts";
export * from "./database/mod.ts";
export { isSameDigest, largeContent, sha1, sha256Hex } from "./digest.ts";
export {
  attempt,
  attemptAsync,
  BadServerIdentityError,
  type Banner,
  CertswapError,
  type FileOperation,
  FileSystemError,
  FileTooLargeError,
  type FileUse,
  HttpAnswerError,
  isErrno,
  ListenError,
  NotExecutableError,
  OutputLostError,
  ProcessStartError,
  ProgramNotFoundError,
  SecretFileError,
  TlsConnectionError,
  UntrustedPlaceError,
  UnwritablePermissionError,
  withUse,
  WrongFileKindError,
} from "./errors.ts";
export * from "./files/mod.ts";
export * from "./network/mod.ts";
export { present } from "./present.ts";
export * from "./process/mod.ts";
export * from "./programs/mod.ts";
export { denoRandom, type Random } from "./random.ts";
export { denoSystem, type System } from "./system.ts";
export * from "./time/mod.ts";
export { decryptTripleDes, encryptTripleDes } from "./triple_des.ts";
export { wrapError } from "./wrap_error.ts";
