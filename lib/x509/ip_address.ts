/**
 * An IP address as text: dotted for 4 bytes, RFC 5952 for 16.
 *
 * @param address 4 or 16 bytes, in network order.
 */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  // RFC 5952 5: an IPv4 address within an IPv6 one is written as such.
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
  // RFC 5952 4.2.2: a single group of zeros is not shortened.
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** RFC 5952 4.2.3: of equally long runs, the first. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}
