/** Reads and checks the numbers of RSA private keys. */
import { rsaLimits } from "./kinds.ts";
import {
  bitLength,
  type Bytes,
  type DerReader,
  readSmallInteger,
  readUnsigned,
} from "../encoding/mod.ts";
import { BadPrivateKeyError, UnsupportedKeyError } from "../errors.ts";

/**
 * Reads the fields of RSAPrivateKey (RFC 8017 A.1.2), and checks that they are consistent.
 *
 * WebCrypto in Deno ignores the last three, but most TLS libraries sign with them: a key with an error there
 * would pass the check against its certificate, and then fail in the service.
 *
 * @returns the length of the modulus, in bits.
 * @throws BadDerError, BadPrivateKeyError, UnsupportedKeyError
 */
export function readRsaFields(parts: DerReader): number {
  // Version 1 means more than two primes.
  if (readSmallInteger(parts) !== 0) throw new UnsupportedKeyError({ kind: "multi-prime-rsa" });
  const modulus = readUnsigned(parts);
  const [e, d, p, q, dp, dq, qInverse] = [
    readUnsigned(parts),
    readUnsigned(parts),
    readUnsigned(parts),
    readUnsigned(parts),
    readUnsigned(parts),
    readUnsigned(parts),
    readUnsigned(parts),
  ];
  const bits = bitLength(modulus);
  // The caller refuses a longer modulus. No other number is longer than the modulus (RFC 8017 3.2). So no
  // calculation uses numbers of any other length.
  if (bits > rsaLimits.maximum) return bits;
  const isLonger = ({ length }: Bytes): boolean => length > modulus.length;
  if ([e, d, p, q, dp, dq, qInverse].some(isLonger)) throw new BadPrivateKeyError("rsa-numbers");
  const numbers: RsaNumbers = {
    n: toNumber(modulus),
    e: toNumber(e),
    d: toNumber(d),
    p: toNumber(p),
    q: toNumber(q),
    dp: toNumber(dp),
    dq: toNumber(dq),
    qInverse: toNumber(qInverse),
  };
  if (!areConsistent(numbers)) throw new BadPrivateKeyError("rsa-numbers");
  return bits;
}

interface RsaNumbers {
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  /** `d mod (p - 1)` */
  readonly dp: bigint;
  /** `d mod (q - 1)` */
  readonly dq: bigint;
  /** `1 / q mod p` */
  readonly qInverse: bigint;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

/** RFC 8017 3.2. */
function areConsistent({ n, e, d, p, q, dp, dq, qInverse }: RsaNumbers): boolean {
  if (p < 2n || q < 2n || p * q !== n) return false;
  return dp === d % (p - 1n) && (e * dp) % (p - 1n) === 1n &&
    dq === d % (q - 1n) && (e * dq) % (q - 1n) === 1n &&
    qInverse < p && (qInverse * q) % p === 1n;
}
