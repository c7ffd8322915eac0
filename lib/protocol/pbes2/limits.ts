/** How much work a file may ask for before it is known whether its passphrase is right. */
import { BadPbes2Error, TooMuchWorkError } from "./errors.ts";
import type { Derivation } from "./parameters.ts";

/** The most rounds of PBKDF2: a few seconds on a PC, a minute on a small device. */
const roundsLimit = 10_000_000;

/** The most memory of scrypt, in bytes. OpenSSL writes files that need 16 MiB, and reads up to 32 MiB. */
const memoryLimit = 128 * 1024 * 1024;

/** The most blocks of 128 bytes that scrypt mixes, N * r * p: a few seconds on a PC. */
const blocksLimit = 2 ** 21;

/**
 * Refuses a derivation that would take too long or too much memory.
 *
 * @throws TooMuchWorkError, and BadPbes2Error for numbers that the algorithm does not allow.
 */
export function requireBearable(derivation: Derivation): void {
  if (derivation.kind === "pbkdf2") {
    if (derivation.iterations < 1) throw new BadPbes2Error("iteration-count");
    // A key is up to twice as long as one hash. Each hash takes all rounds.
    if (derivation.iterations > roundsLimit) throw new TooMuchWorkError("rounds", roundsLimit);
    return;
  }
  const { cost, blockSize, parallelization } = derivation;
  // RFC 7914 6: N is a power of two, larger than 1. What is beyond 2^32 is refused below in any case.
  const isPower = cost > 1 && Number.isInteger(Math.log2(cost));
  if (!isPower || blockSize < 1 || parallelization < 1) {
    throw new BadPbes2Error("scrypt-parameters");
  }
  if (128 * blockSize * (cost + parallelization) > memoryLimit) {
    throw new TooMuchWorkError("memory", memoryLimit);
  }
  if (cost * blockSize * parallelization > blocksLimit) {
    throw new TooMuchWorkError("blocks", blocksLimit);
  }
}
