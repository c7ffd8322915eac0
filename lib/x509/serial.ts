/** Serial numbers and CRL numbers as text. */
// As certswap writes them everywhere, in files and in output: lowercase hexadecimal, at least two digits, no
// other leading zero (`01` to `ff`, then `100`).

/** RFC 5280 4.1.2.2 and 5.2.3: at most 20 bytes, the first bit of which would be a sign. */
export const largestSerial = (1n << 159n) - 1n;

/**
 * A number in that form. One that is only read may be 0 or, in some old roots, negative (RFC 5280 4.1.2.2):
 * `00`, `-01`.
 */
export function formatSerial(serial: bigint): string {
  const [sign, magnitude] = serial < 0n ? ["-", -serial] : ["", serial];
  return sign + magnitude.toString(16).padStart(2, "0");
}

/** Of 40 digits, the first is at most 7. */
const form = /^(?!00$)(?:[0-9a-f]{2}|[1-9a-f][0-9a-f]{2,38}|[1-7][0-9a-f]{39})$/;

/** Whether a text is a number that a certificate can have, in that form. */
export function isSerial(written: string): boolean {
  return form.test(written);
}

/** Reads that form, and no other. */
export function parseSerial(written: string): bigint | undefined {
  return isSerial(written) ? BigInt(`0x${written}`) : undefined;
}

/**
 * Reads a serial number as people write it: any case, with or without leading zeros.
 *
 * @returns that form; `undefined` where it is no positive hexadecimal number that a certificate can have.
 */
export function normalizeSerial(written: string): string | undefined {
  const digits = /^0*(?<digits>[0-9a-f]{1,40})$/i.exec(written)?.groups?.["digits"];
  if (digits === undefined) return undefined;
  const normal = formatSerial(BigInt(`0x${digits}`));
  return isSerial(normal) ? normal : undefined;
}

/**
 * Compares two numbers in that form. Without leading zeros the longer is the
 * larger: of a hundred thousand, none has to be parsed.
 */
export function compareSerials(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The largest of numbers in that form; `undefined` of none. */
export function highestSerial(serials: Iterable<string>): string | undefined {
  let highest: string | undefined;
  for (const serial of serials) {
    if (highest === undefined || compareSerials(serial, highest) > 0) highest = serial;
  }
  return highest;
}
