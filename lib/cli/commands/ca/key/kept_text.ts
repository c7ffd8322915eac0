/** How the private key of a CA is kept, and what follows from it. */
import { visible } from "../../../text.ts";

/** What to do about a key that is encrypted. */
export const passphraseAdvice =
  "Without its passphrase, this CA cannot sign: keep a copy of it in a safe place.";

/** Warns of a key that is not encrypted. */
export function unencryptedText(keyPath: string): string {
  return `Warning: CA private key is stored unencrypted at ${visible(keyPath)}. Protect this file.`;
}
