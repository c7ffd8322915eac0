/** Encryption with a password by PBES2 (RFC 8018): bytes in, typed values out. Loaded when it is needed. */
export { decryptWith, deriveKey, encryptByPbes2, type Encrypted, randomBytes } from "./cipher.ts";
export { BadPbes2Error, CannotDecryptError, UnsupportedPbes2Error } from "./errors.ts";
export { algorithmName, type Hash, hashOf, hmacOid, pbes2Oid } from "./oids.ts";
export {
  type EncryptionTerms,
  parametersOf,
  type Pbkdf2,
  readCount,
  readPbes2,
  readPbkdf2,
  readSalt,
  readTwoParts,
} from "./parameters.ts";
export {
  decryptPrivateKey,
  encryptPrivateKey,
  isNoise,
  newEncryptionTerms,
  readEncryptedPrivateKeyInfo,
} from "./private_key.ts";
