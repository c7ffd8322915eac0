/** What the commands of a CA say about its private key. */
export { passphraseAdvice, unencryptedText } from "./kept_text.ts";
