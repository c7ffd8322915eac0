/** IP addresses and ranges of them: parses and formats them. */

/**
 * Formats an IP address: dotted decimal for 4 bytes, RFC 5952 for 16.
 *
 * @param address 4 or 16 bytes, in network order.
 */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  // RFC 5952 5: an IPv4 address inside an IPv6 address is written in dotted decimal.
  if (mappedPrefix.every((byte, index) => address[index] === byte)) {
    return `::ffff:${address.subarray(12).join(".")}`;
  }
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push((address[index] ?? 0) * 256 + (address[index + 1] ?? 0));
  }
  const text = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  const { start, length } = longestZeroRun(groups);
  // RFC 5952 4.2.2: a single zero group is not shortened.
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The longest run of zero groups; the first of several (RFC 5952 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}

/**
 * Parses an IPv4 address in dotted decimal, or an IPv6 address (RFC 4291 2.2).
 *
 * @returns 4 or 16 bytes in network order; `undefined` if the text is neither. Leading zeros, prefix lengths
 * and zones are not accepted.
 */
export function parseIpAddress(written: string): Uint8Array | undefined {
  return written.includes(":") ? parseVersion6(written) : parseVersion4(written);
}

function parseVersion4(written: string): Uint8Array | undefined {
  const numbers = written.split(".");
  const isAddress = numbers.length === 4 &&
    numbers.every((number) => /^(?:0|[1-9]\d{0,2})$/.test(number) && Number(number) <= 255);
  return isAddress ? Uint8Array.from(numbers, Number) : undefined;
}

function parseVersion6(written: string): Uint8Array | undefined {
  const halves = written.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) =>
    parseGroups(half, { mayEndInVersion4: index === halves.length - 1 })
  );
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const known = head.length + (tail?.length ?? 0);
  // "::" means one or more zero groups.
  if (tail === undefined ? known !== 16 : known > 14) return undefined;
  return Uint8Array.from([...head, ...Array(16 - known).fill(0), ...(tail ?? [])]);
}

/** The bytes of groups of up to four hexadecimal digits; the last two may be written as an IPv4 address. */
function parseGroups(written: string, last: { mayEndInVersion4: boolean }): number[] | undefined {
  if (written === "") return [];
  const groups = written.split(":");
  const version4 = last.mayEndInVersion4 ? parseVersion4(groups.at(-1) ?? "") : undefined;
  if (version4 !== undefined) groups.pop();
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const bytes = groups.flatMap((group) => {
    const number = parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
  return [...bytes, ...(version4 ?? [])];
}

/** A range of addresses. */
export interface AddressRange {
  /** 4 or 16 bytes, in network order. */
  readonly address: Uint8Array;
  /** As long as the address: the bits that are the same for the whole range are set. */
  readonly mask: Uint8Array;
}

/**
 * Parses a range of addresses, `10.0.0.0/8` or `2001:db8::/32` (RFC 4632 3.1, RFC 4291 2.3).
 *
 * @returns `undefined` for anything else, such as an address with bits after the prefix.
 */
export function parseAddressRange(written: string): AddressRange | undefined {
  const [, text = "", prefix = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(written) ?? [];
  const address = parseIpAddress(text);
  const length = Number(prefix);
  if (address === undefined || length > address.length * 8) return undefined;
  const mask = address.map((_, index) =>
    0xff << Math.min(8, Math.max(0, 8 * (index + 1) - length))
  );
  const isRange = address.every((byte, index) => (byte & ~(mask[index] ?? 0)) === 0);
  return isRange ? { address, mask } : undefined;
}
