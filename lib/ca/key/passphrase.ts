/** When the passphrase of a CA's key is asked for: at most once, and before the lock is taken. */
import { CertswapError } from "../../system/mod.ts";
import type { StoreReader } from "../store/mod.ts";
import { NoPassphraseError } from "./errors.ts";

/** Gets a passphrase: from a file, from a person. The bytes are not decoded. Secret. */
export type AskPassphrase = () => Promise<Uint8Array<ArrayBuffer>>;

/** What may be able to get the passphrase. */
interface Asking {
  /** `undefined`: the key must not be encrypted. */
  readonly passphrase?: AskPassphrase | undefined;
}

/**
 * Asks for the passphrase now if the key is encrypted, so that other processes do not wait for a person when
 * the lock is held.
 *
 * @returns the answer, for {@linkcode AskPassphrase} again; it asks if the key becomes encrypted only later.
 * @throws NoPassphraseError, and the errors of `passphrase`.
 */
export async function askEarly(store: StoreReader, { passphrase }: Asking): Promise<AskPassphrase> {
  const path = store.nameOf("key").written;
  const asked = once(passphrase ?? (() => Promise.reject(new NoPassphraseError(path, "current"))));
  if (await isEncrypted(store)) await asked();
  return asked;
}

/** {@linkcode askEarly} that leaves it to the later call to say that there is no passphrase. */
export async function askEarlyIfPossible(
  store: StoreReader,
  asking: Asking,
): Promise<AskPassphrase> {
  try {
    return await askEarly(store, asking);
  } catch (error) {
    if (!(error instanceof NoPassphraseError)) throw error;
    return () => Promise.reject(error);
  }
}

/** Whether the key of a CA is encrypted. `false` also if it cannot be read: that is reported later. */
export async function isEncrypted(store: StoreReader): Promise<boolean> {
  try {
    return isEncryptedKey(await store.key());
  } catch (error) {
    if (error instanceof CertswapError) return false;
    throw error;
  }
}

/** Whether a private key file is encrypted, by RFC 5958 (RFC 7468 11) or RFC 1421. */
export function isEncryptedKey(content: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(content);
  return /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: ?4,ENCRYPTED/m.test(text);
}

/** Asks at most once: later calls get the same answer. */
export function once(ask: AskPassphrase): AskPassphrase {
  let answer: ReturnType<AskPassphrase> | undefined;
  return () => answer ??= ask();
}
