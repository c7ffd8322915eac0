/** The source of random bytes. */

/** Random bytes that no one can guess. */
export interface Random {
  /** @param length at most 65536. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** WebCrypto's: of the kernel, see getrandom(2). */
export const denoRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
