/** Serial numbers of 128 random bits. */
import type { Random } from "../../system/mod.ts";
import { formatSerial } from "../../x509/mod.ts";

/** In bytes: 128 bits. CAs on the internet must use at least 64 (CA/Browser Forum BR 7.1). */
const size = 16;

/**
 * How many numbers in a row may be in use. Two of 128 bits are never the same by chance: after so many, the
 * source of random bytes is broken.
 */
const patience = 16;

/** Where numbers come from, and which ones are in use, formatted by `formatSerial`. */
interface RandomSerials {
  readonly random: Random;
  readonly used: ReadonlySet<string>;
}

/**
 * Draws serial numbers, all different: never 0, and as INTEGERs never negative (RFC 5280 4.1.2.2), because
 * the encoding of a number whose first bit is 1 begins with a zero byte.
 *
 * @throws TypeError if the source of random bytes repeats itself.
 */
export function takeRandomSerials(count: number, { random, used }: RandomSerials): bigint[] {
  const drawn = new Map<string, bigint>();
  for (let inVain = 0; drawn.size < count;) {
    const serial = BigInt(`0x${random.bytes(size).toHex()}`);
    const name = formatSerial(serial);
    if (serial === 0n || used.has(name) || drawn.has(name)) {
      if (++inVain === patience) throw new TypeError("the source of random bytes repeats itself");
      continue;
    }
    inVain = 0;
    drawn.set(name, serial);
  }
  return [...drawn.values()];
}
