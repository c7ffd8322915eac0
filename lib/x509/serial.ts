/** Serial numbers and CRL numbers as text. */
// certswap writes them the same way in all files and output: lowercase hexadecimal with at least two digits,
// and no other leading zeros (`01` to `ff`, then `100`). Below, this is the serial form.

/** RFC 5280 4.1.2.2 and 5.2.3: at most 20 bytes, and the first bit is the sign. */
export const largestSerial = (1n << 159n) - 1n;

/** The size limit of a file with one number, in bytes. Longer than any number. */
export const counterLimit = 256;

/**
 * Formats a number in the serial form. A number that was read may be 0 or, in some old roots, negative
 * (RFC 5280 4.1.2.2): `00`, `-01`.
 */
export function formatSerial(serial: bigint): string {
  const [sign, magnitude] = serial < 0n ? ["-", -serial] : ["", serial];
  return sign + magnitude.toString(16).padStart(2, "0");
}

/** With 40 digits, the first is at most 7. */
const form = /^(?!00$)(?:[0-9a-f]{2}|[1-9a-f][0-9a-f]{2,38}|[1-7][0-9a-f]{39})$/;

/** Whether a text is in the serial form, and a number that a certificate can have. */
export function isSerial(written: string): boolean {
  return form.test(written);
}

/** Parses the serial form; `undefined` for anything else. */
export function parseSerial(written: string): bigint | undefined {
  return isSerial(written) ? BigInt(`0x${written}`) : undefined;
}

/**
 * Converts a serial number as people and other programs write it to the serial form: any case, with or
 * without leading zeros, with `0x` before it, or with a colon between bytes as OpenSSL prints it.
 *
 * @returns `undefined` if it is not a positive hexadecimal number that a certificate can have.
 */
export function normalizeSerial(written: string): string | undefined {
  const isColoned = /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i.test(written);
  const plain = isColoned ? written.replaceAll(":", "") : written.replace(/^0x/i, "");
  const digits = /^0*(?<digits>[0-9a-f]{1,40})$/i.exec(plain)?.groups?.["digits"];
  if (digits === undefined) return undefined;
  const normal = formatSerial(BigInt(`0x${digits}`));
  return isSerial(normal) ? normal : undefined;
}

/**
 * Compares two numbers in the serial form. Without leading zeros the longer is the larger, so that nothing
 * has to be parsed even for a hundred thousand of them.
 */
export function compareSerials(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The largest of several numbers in the serial form; `undefined` if there are none. */
export function highestSerial(serials: Iterable<string>): string | undefined {
  let highest: string | undefined;
  for (const serial of serials) {
    if (highest === undefined || compareSerials(serial, highest) > 0) highest = serial;
  }
  return highest;
}
