/** A CA's private key: encrypted, decrypted, and the passphrase that opens it. */
export { changePassphrase, decryptKey, encryptKey, type KeyReport } from "./change_key.ts";
export { NoPassphraseError, WrongPassphraseError } from "./errors.ts";
export { askEarly, askEarlyIfPossible, type AskPassphrase } from "./passphrase.ts";
