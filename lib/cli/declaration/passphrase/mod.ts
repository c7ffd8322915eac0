/** How the passphrase of a CA's key is given. */
export {
  firstPassphraseOf,
  type NewPassphraseFlags,
  newPassphraseFlags,
  newPassphraseOf,
  type PassphraseFlags,
  passphraseFlags,
  passphraseOf,
  signerPassphraseFlags,
} from "./flags.ts";
