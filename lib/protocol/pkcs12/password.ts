/** Passwords in the two encodings of PKCS#12, and the keys that are derived from them. */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { joined } from "../../system/mod.ts";
import type { Bytes } from "../../x509/mod.ts";
import { deriveKey, type Hash } from "../pbes2/mod.ts";
import type { IterationBudget } from "./limits.ts";

/** A password. Secret: nothing of it is ever shown. */
export interface Password {
  /** As it is: PBKDF2 takes these bytes (RFC 8018). */
  readonly bytes: Bytes;
  /**
   * As a BMPString with two zero bytes behind it, for the derivation of PKCS#12 (RFC 7292 B.1), in the forms
   * that programs write. The first is the right one.
   */
  readonly bmp: readonly [Bytes, ...Bytes[]];
}

/** The password that these bytes, UTF-8 most often, are. */
export function passwordOf(bytes: Bytes): Password {
  // Some programs take an empty password for none at all, without the two zero bytes.
  if (bytes.length === 0) return { bytes, bmp: [new Uint8Array(2), new Uint8Array()] };
  // What is not UTF-8 OpenSSL takes for ISO 8859-1; and before 1.1.0 it took everything so.
  const latin1 = bmpOf(String.fromCharCode(...bytes));
  const text = textOf(bytes);
  if (text === undefined || bytes.every((byte) => byte < 0x80)) return { bytes, bmp: [latin1] };
  return { bytes, bmp: [bmpOf(text), latin1] };
}

function textOf(bytes: Bytes): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function bmpOf(text: string): Bytes {
  return joined([utf16Of(text), new Uint8Array(2)]);
}

/** UTF-16, the more significant byte first, as a BMPString has it. */
export function utf16Of(text: string): Bytes {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 * index, text.charCodeAt(index));
  }
  return bytes;
}

/** What a derived key is for: the byte that tells derivations apart (RFC 7292 B.3). */
export const purpose = { key: 1, iv: 2, mac: 3 } as const;

/** How a key is derived. */
export interface Derivation {
  readonly hash: Hash;
  readonly salt: Bytes;
  readonly iterations: number;
}

/** WebCrypto would take 50 microseconds for each hash, and node:crypto 20. */
const hashes = { "SHA-1": sha1, "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

/** How long the digests of a hash are, in bytes. */
export function digestLength(hash: Hash): number {
  return hashes[hash].outputLen;
}

/**
 * Derives bytes from a password as RFC 7292 appendix B.2 has it.
 *
 * @param bmp one of the encodings of {@linkcode Password.bmp}.
 * @param wanted how many bytes, and what for: see {@linkcode purpose}.
 * @throws BadPkcs12Error, TooManyIterationsError before any work is done.
 */
export function deriveByPkcs12(
  bmp: Bytes,
  { hash, salt, iterations }: Derivation,
  { id, length, budget }: {
    readonly id: (typeof purpose)[keyof typeof purpose];
    readonly length: number;
    readonly budget: IterationBudget;
  },
): Bytes {
  const { outputLen: size, blockLen: block } = hashes[hash];
  const rounds = Math.ceil(length / size);
  budget.spend(iterations, rounds);
  const diversifier = new Uint8Array(block).fill(id);
  const input = joined([repeated(salt, block), repeated(bmp, block)]);
  const output = new Uint8Array(rounds * size);
  for (let round = 0; round < rounds; round++) {
    const digest = hashAgain(hash, joined([diversifier, input]), iterations);
    output.set(digest, round * size);
    if (round + 1 < rounds) addToBlocks(input, digest, block);
  }
  return output.subarray(0, length);
}

/** H(H(...H(bytes))), with two states that are used again and again: making one costs more than a hash. */
function hashAgain(name: Hash, bytes: Bytes, times: number): Bytes {
  const hash = hashes[name];
  const [initial, state] = [hash.create(), hash.create()];
  const digest = new Uint8Array(hash.outputLen);
  state.update(bytes).digestInto(digest);
  for (let count = 1; count < times; count++) {
    initial._cloneInto(state);
    state.update(digest).digestInto(digest);
  }
  return digest;
}

/** As often one behind the other, the last time cut off, as fills whole blocks (B.2 steps 2 and 3). */
function repeated(bytes: Bytes, block: number): Bytes {
  const filled = new Uint8Array(block * Math.ceil(bytes.length / block));
  for (let at = 0; at < filled.length; at += bytes.length) {
    filled.set(bytes.subarray(0, filled.length - at), at);
  }
  return filled;
}

/** Adds the digest, repeated to a block, and 1 to every block, modulo its size (B.2 step 6C). */
function addToBlocks(input: Bytes, digest: Bytes, block: number): void {
  for (let begin = 0; begin < input.length; begin += block) {
    let carry = 1;
    for (let index = block - 1; index >= 0; index--) {
      carry += (input[begin + index] ?? 0) + (digest[index % digest.length] ?? 0);
      input[begin + index] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/**
 * Derives bytes from a password by PBKDF2 (RFC 8018 5.2).
 *
 * @param length in bytes.
 * @throws BadPkcs12Error, TooManyIterationsError before any work is done.
 */
export async function deriveByPbkdf2(
  { bytes }: Password,
  { hash, salt, iterations }: Derivation,
  { length, budget }: { readonly length: number; readonly budget: IterationBudget },
): Promise<Bytes> {
  budget.spend(iterations, Math.ceil(length / hashes[hash].outputLen));
  return await deriveKey(bytes, { kind: "pbkdf2", hash, salt, iterations }, length);
}
