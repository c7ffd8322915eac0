/** `ca key encrypt`, `decrypt` and `change`: how a CA's private key is kept. */
import type { System } from "../../system/mod.ts";
import { type PrivateKey, readPrivateKeyFile, writePem } from "../../x509/mod.ts";
import { type CaOptions, type ChangeReport, requirePossibleCa } from "../ca.ts";
import { BadCaFileError } from "../errors.ts";
import { type CaStore, isComplete, openStore, type StoreReader } from "../store/mod.ts";
import { KeyEncryptedError, KeyNotEncryptedError } from "./errors.ts";
import { askEarly, type AskPassphrase, isEncryptedKey } from "./passphrase.ts";

/** Options of `ca key encrypt` and `ca key change`. */
export interface NewPassphraseOptions extends CaOptions {
  /** Gets the passphrase that protects the key from now on. Called once, before the lock is taken. */
  readonly newPassphrase: AskPassphrase;
}

/** Report of a change of the key. */
export interface KeyReport extends ChangeReport {
  /** Path of the key, based on the data directory as given by the caller. */
  readonly keyPath: string;
}

/**
 * Encrypts a CA's key that is not encrypted.
 *
 * @throws KeyEncryptedError, BadCaFileError, and the errors of a change
 */
export async function encryptKey(
  system: System,
  options: NewPassphraseOptions,
): Promise<KeyReport> {
  const { newPassphrase, encryptionTerms } = options;
  const store = await openWithKey(system, options, requirePlain);
  const passphrase = await newPassphrase();
  return await replaceKey(store, options, async (change) => {
    const { pkcs8 } = readPlain(change, await change.key());
    const { lockKey } = await import("./unlock.ts");
    const encrypted = await lockKey(pkcs8, { passphrase, encryptionTerms });
    pkcs8.fill(0);
    return writePem("ENCRYPTED PRIVATE KEY", encrypted);
  });
}

/**
 * Decrypts a CA's key.
 *
 * @throws KeyNotEncryptedError, NoPassphraseError, WrongPassphraseError, BadCaFileError, and the errors of a
 * change
 */
export async function decryptKey(system: System, options: CaOptions): Promise<KeyReport> {
  const store = await openWithKey(system, options, requireEncrypted);
  const passphrase = await askEarly(store, options);
  return await replaceKey(store, options, async (change) => {
    const { pkcs8 } = await unlock(change, passphrase);
    const pem = writePem("PRIVATE KEY", pkcs8);
    pkcs8.fill(0);
    return pem;
  });
}

/**
 * Replaces the passphrase of a CA's key.
 *
 * @throws KeyNotEncryptedError, NoPassphraseError, WrongPassphraseError, BadCaFileError, and the errors of a
 * change
 */
export async function changePassphrase(
  system: System,
  options: NewPassphraseOptions,
): Promise<KeyReport> {
  const { newPassphrase: askNew, encryptionTerms } = options;
  const store = await openWithKey(system, options, requireEncrypted);
  const passphrase = await askEarly(store, options);
  // A person who mistypes the old one is not asked for a new one.
  (await unlock(store, passphrase)).pkcs8.fill(0);
  const newPassphrase = await askNew();
  return await replaceKey(store, options, async (change) => {
    const { pkcs8 } = await unlock(change, passphrase);
    const { lockKey } = await import("./unlock.ts");
    const encrypted = await lockKey(pkcs8, { passphrase: newPassphrase, encryptionTerms });
    pkcs8.fill(0);
    return writePem("ENCRYPTED PRIVATE KEY", encrypted);
  });
}

/** Refuses a key that is not in the state which the command expects. */
type RequireState = (store: StoreReader, content: Uint8Array) => void;

async function openWithKey(
  system: System,
  options: CaOptions,
  requireState: RequireState,
): Promise<CaStore> {
  await requirePossibleCa(system, options);
  const store = await openStore(system, options);
  // Otherwise recovery completes the CA first. The state is checked again under the lock in any case.
  if (isComplete(await store.presence())) requireState(store, await store.key());
  return store;
}

/** Makes the change. The new key is one file: its rename is atomic, and there is no backup of the old one. */
async function replaceKey(
  store: CaStore,
  { lockTimeout }: CaOptions,
  make: (change: StoreReader) => Promise<string>,
): Promise<KeyReport> {
  const { recovery, warnings } = await store.change({
    lockTimeout,
    work: async (change) => {
      await change.replaceKey(new TextEncoder().encode(await make(change)));
    },
  });
  return { keyPath: store.nameOf("key").written, recovery, warnings };
}

function requirePlain(store: StoreReader, content: Uint8Array): void {
  if (isEncryptedKey(content)) throw new KeyEncryptedError(store.nameOf("key").written);
}

function requireEncrypted(store: StoreReader, content: Uint8Array): void {
  if (!isEncryptedKey(content)) throw new KeyNotEncryptedError(store.nameOf("key").written);
}

function readPlain(store: StoreReader, content: Uint8Array): PrivateKey {
  requirePlain(store, content);
  try {
    return readPrivateKeyFile(content);
  } catch (cause) {
    throw new BadCaFileError(store.nameOf("key").absolute, "not-a-pkcs8-key", { cause });
  }
}

async function unlock(store: StoreReader, passphrase: AskPassphrase): Promise<PrivateKey> {
  const content = await store.key();
  requireEncrypted(store, content);
  const { unlockKey } = await import("./unlock.ts");
  const path = store.nameOf("key").written;
  return await unlockKey({ content, path, passphrase: await passphrase() });
}
