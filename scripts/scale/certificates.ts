/** Made-up certificates of a fleet, for measurements: their signatures do not verify. */
import type { IssuedCertificate } from "../../lib/ca/store/mod.ts";
import { day, formatTime } from "../../lib/system/mod.ts";

/** How many certificates, and how many of them are revoked. */
export interface Many {
  readonly count: number;
  readonly revoked: number;
  /** DER of a certificate of this CA, which all have. */
  readonly der: Uint8Array;
}

/** When each certificate begins: spread over a quarter of a year, like those of a fleet that renews. */
const validity = 90 * day;

/**
 * The certificates in the order of issue, in batches. Each has a serial number of 128 bits, a subject, a name
 * and a key of its own. They begin one after the other within the last ninety days, so that a third of them
 * expires within the next thirty.
 */
export function* manyCertificates(
  { count, revoked, der }: Many,
  batchSize: number,
): Generator<readonly IssuedCertificate[]> {
  const now = Date.now();
  const first = now - validity;
  for (let from = 0; from < count; from += batchSize) {
    const length = Math.min(batchSize, count - from);
    yield Array.from({ length }, (_, index) => {
      const number = from + index;
      const begin = new Date(first + validity * number / count);
      return certificate(number, { begin, isRevoked: number < revoked, der });
    });
  }
}

/** `1,000,000 certificates`. */
export const manyName = (count: number): string => `${count.toLocaleString("en")} certificates`;

/** The name of a certificate in the middle. */
export const middleName = (count: number): string => hostName(count >> 1);

const hostName = (number: number): string => `device-${number}.fleet.example`;

function certificate(
  number: number,
  { begin, isRevoked, der }: {
    readonly begin: Date;
    readonly isRevoked: boolean;
    readonly der: Uint8Array;
  },
): IssuedCertificate {
  // An odd factor modulo 2^128 keeps them different, and spreads them like random ones.
  const bits = (BigInt(number) + 1n) * 0x9e3779b97f4a7c15f39cc0605cedc835n;
  const serial = (BigInt.asUintN(126, bits) | 1n << 126n).toString(16);
  const host = hostName(number);
  return {
    record: {
      serial,
      subject: `CN=${host},O=Fleet`,
      notBefore: formatTime(begin),
      notAfter: formatTime(new Date(begin.getTime() + validity)),
      status: isRevoked ? "revoked" : "active",
      revokedAt: isRevoked ? formatTime(new Date(begin.getTime() + day)) : "",
      revocationReason: isRevoked ? "superseded" : "",
    },
    der,
    details: {
      profile: "device",
      names: [`DNS:${host}`],
      requestedBy: "user scale",
      key: serial.padStart(64, "0"),
    },
  };
}
