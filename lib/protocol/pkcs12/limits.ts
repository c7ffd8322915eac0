/** What a PKCS#12 file may ask for, and what certswap writes into one. */
import { BadPkcs12Error, TooManyIterationsError } from "./errors.ts";

/** The most that is read of a file, in bytes. */
export const pkcs12FileLimit = 1024 * 1024;

/** The most bags of a file, those that are nested in others included. */
export const bagLimit = 256;

/** How deep bags may be nested in bags (RFC 7292 4.2.6). No program nests them. */
export const bagDepthLimit = 4;

/** The most certificates of a file. */
export const certificateLimit = 64;

/** The most iterations of one derivation. GnuTLS and NSS ask for 600,000, Java for 10,000 to 100,000. */
export const iterationLimit = 1_000_000;

/**
 * The most iterations that are done for one file. GnuTLS encrypts every certificate by itself, each with
 * 600,000: a key and a chain of eleven fit. Without a MAC nothing says beforehand that the password is right.
 */
export const totalIterations = { withMac: 8_000_000, withoutMac: 2_000_000 } as const;

/** Counts the iterations that a file asks for, and refuses them before they are done. */
export class IterationBudget {
  readonly #total: number;
  #left: number;

  constructor(total: number) {
    this.#total = total;
    this.#left = total;
  }

  /**
   * Takes the work of one derivation from the budget.
   *
   * @param rounds how often the iterations are repeated: one hash gives only so many bytes.
   * @throws BadPkcs12Error, TooManyIterationsError
   */
  spend(iterations: number, rounds: number): void {
    if (iterations < 1) throw new BadPkcs12Error("iteration-count");
    if (iterations > iterationLimit) throw new TooManyIterationsError(iterationLimit);
    this.#left -= iterations * rounds;
    if (this.#left < 0) throw new TooManyIterationsError(this.#total);
  }
}

/** How a file is protected. */
export type Profile = "modern" | "legacy";

/**
 * How often a password is hashed, in both profiles. As often as Java does it since version 16, and five times
 * as often as OpenSSL. The file is for its owner alone and its password comes from a file: a random one needs
 * no more, and a service on a small device that starts with it does not wait (600,000 take seconds there).
 */
export const writtenIterations = 10_000;
