/** The secret of a first enrolment, and how a used one is recognised without keeping it. */
import { isErrno, readSecretFile, SecretFileError, type System } from "../../../system/mod.ts";

/** What is kept of a secret: enough to know it again, too little to guess it from. */
export interface SecretMark {
  /** 32 lowercase hexadecimal digits. */
  readonly salt: string;
  /** The first 8 bytes of PBKDF2 with HMAC-SHA-256, in lowercase hexadecimal. */
  readonly digest: string;
}

/** Enough to make guessing a chosen password slow; a random secret needs none. */
const iterations = 10_000;

/**
 * Reads a secret.
 *
 * @returns `undefined` if there is no file.
 * @throws as `readSecretFile`, and SecretFileError if it is empty.
 */
export async function readEnrolmentSecret(
  system: System,
  path: string,
): Promise<Uint8Array | undefined> {
  const place = { path, kind: "secret" } as const;
  const secret = await readSecretFile(system, place).catch((error) => {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  });
  if (secret?.length === 0) throw new SecretFileError(place, { reason: "empty" });
  return secret;
}

/** Marks a secret. */
export async function markSecret({ random }: System, secret: Uint8Array): Promise<SecretMark> {
  const salt = random.bytes(16).toHex();
  return { salt, digest: await digestOf(secret, salt) };
}

/** Whether a mark is of this secret. */
export async function isMarked(secret: Uint8Array, { salt, digest }: SecretMark): Promise<boolean> {
  return await digestOf(secret, salt) === digest;
}

async function digestOf(secret: Uint8Array, salt: string): Promise<string> {
  const bytes = new Uint8Array(secret);
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: Uint8Array.fromHex(salt), iterations },
    key,
    64,
  );
  return new Uint8Array(bits).toHex();
}
