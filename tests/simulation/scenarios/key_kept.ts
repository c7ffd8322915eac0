/** How the keys of simulated CAs are kept: unencrypted, or with a passphrase. */
import type { EncryptionTerms } from "../../../lib/protocol/pbes2/mod.ts";
import { bytesOf } from "../model/contents.ts";
import { type Disk, visibleFiles } from "../model/disk.ts";

/** How a CA's key is kept. */
export type KeyKept = "plain" | "encrypted";

/** Gets the passphrase of every key. */
export function passphrase(): Promise<Uint8Array<ArrayBuffer>> {
  return Promise.resolve(new TextEncoder().encode("correct horse"));
}

/** One round, so that thousands of states take no time, and the same bytes in every run. */
export function encryptionTerms(): EncryptionTerms {
  return { iterations: 1, salt: new Uint8Array(16).fill(1), iv: new Uint8Array(16).fill(2) };
}

/** The files with a private key that is not encrypted, but for that of a CA to import. */
export function plainKeys(disk: Disk): string[] {
  return [...visibleFiles(disk)].flatMap(([path, file]) => {
    if (typeof file !== "object" || path.startsWith("/old/")) return [];
    const text = new TextDecoder("latin1").decode(bytesOf(file.content));
    return text.includes("BEGIN PRIVATE KEY") ? [path] : [];
  });
}
