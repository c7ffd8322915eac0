/** Errors of a CA's private key that is encrypted, or is to be. */
import { CertswapError } from "../../system/mod.ts";

/** A passphrase is needed, and there is no way to get it. */
export class NoPassphraseError extends CertswapError {
  readonly code = "no-passphrase";
  /** The private key. */
  readonly path: string;
  /** Whether it opens the key, or is to protect it from now on. */
  readonly use: "current" | "new";

  constructor(path: string, use: NoPassphraseError["use"]) {
    super(`no ${use} passphrase for ${path}`);
    this.path = path;
    this.use = use;
  }
}

/** The passphrase does not open the private key. */
export class WrongPassphraseError extends CertswapError {
  readonly code = "wrong-passphrase";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`wrong passphrase for ${path}`, options);
    this.path = path;
  }
}

/** The private key is already encrypted, so it cannot be encrypted again. */
export class KeyEncryptedError extends CertswapError {
  readonly code = "key-already-encrypted";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is encrypted`);
    this.path = path;
  }
}

/** The private key is not encrypted, so there is nothing to decrypt, and no passphrase to change. */
export class KeyNotEncryptedError extends CertswapError {
  readonly code = "key-not-encrypted";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not encrypted`);
    this.path = path;
  }
}
