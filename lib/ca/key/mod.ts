/** A CA's private key: encrypted, decrypted, and the passphrase that opens it. */
export { changePassphrase, decryptKey, encryptKey, type KeyReport } from "./change_key.ts";
export { KeyNotEncryptedError, NoPassphraseError, WrongPassphraseError } from "./errors.ts";
export { lockForNewKey, type LockKey } from "./new_key.ts";
export {
  askEarly,
  askEarlyIfPossible,
  type AskPassphrase,
  isEncryptedKey,
  once,
} from "./passphrase.ts";
