/** How the key of a new CA is kept: encrypted or not. */
import type { System } from "../../system/mod.ts";
import type { Bytes } from "../../x509/mod.ts";
import type { CaOptions } from "../ca.ts";
import { type NewRoot, requireNoCa } from "../store/mod.ts";
import type { AskPassphrase } from "./passphrase.ts";

/** Makes the key of a new CA ready to be stored. @param pkcs8 PrivateKeyInfo; overwritten if encrypted. */
export type LockKey = (pkcs8: Bytes) => Promise<Pick<NewRoot, "key" | "keyLabel">>;

/** Options of {@linkcode lockForNewKey}. */
interface NewKeyOptions extends CaOptions {
  /** Gets the passphrase for the key; `undefined`: the key is not encrypted. */
  readonly newPassphrase?: AskPassphrase | undefined;
}

/**
 * Asks for the new passphrase, but not for a CA that exists: that is refused in any case.
 *
 * @throws CaAlreadyInitializedError, and the errors of `newPassphrase`.
 */
export async function lockForNewKey(
  system: System,
  { dataDirectory, newPassphrase, encryptionTerms }: NewKeyOptions,
): Promise<LockKey> {
  if (newPassphrase === undefined) return (key) => Promise.resolve({ key });
  await requireNoCa(system, { dataDirectory });
  const passphrase = await newPassphrase();
  const { lockKey } = await import("./unlock.ts");
  return async (pkcs8) => {
    const key = await lockKey(pkcs8, { passphrase, encryptionTerms });
    pkcs8.fill(0);
    return { key, keyLabel: "ENCRYPTED PRIVATE KEY" };
  };
}
