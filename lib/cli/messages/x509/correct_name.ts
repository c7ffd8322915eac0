/** How an alternative name that certswap refuses is to be written. */
import { divideName, isDnsName, isMailbox, parseIpAddress } from "../../../x509/mod.ts";

/**
 * How a refused name is to be written, for the usual mistakes: an internationalized name, a dot at the end, a
 * missing or wrong kind, an address with brackets.
 *
 * @param written as in `DNS:a.example`. Untrusted.
 * @returns a sentence; `undefined` if the mistake is another.
 */
export function correctNameText(written: string): string | undefined {
  const { kind, value } = divideName(written);
  if (value.includes("*") && value.lastIndexOf("*") > 0 && (kind ?? "dns") === "dns") {
    return '"*" may only be the whole first label, as in "DNS:*.example"';
  }
  const correct = correctName(kind, value) ?? correctName(undefined, written);
  return correct === undefined ? undefined : `write "${correct}"`;
}

function correctName(kind: string | undefined, value: string): string | undefined {
  const address = value.replace(/^\[(?<inside>[^\]]*)\]$/, "$<inside>").split("%", 1)[0] ?? "";
  if (parseIpAddress(address) !== undefined) return `IP:${address}`;
  if (kind === undefined && isMailbox(value)) return `email:${value}`;
  if (kind === undefined && /^https?:\/\/[^\s"]+$/.test(value)) return `URI:${value}`;
  if (kind !== undefined && kind !== "dns") return undefined;
  const name = inAscii(value.endsWith(".") ? value.slice(0, -1) : value);
  return name === undefined ? undefined : `DNS:${name}`;
}

/** A DNS name with its labels in ASCII (RFC 5891); `undefined` if it is no such name. */
function inAscii(name: string): string | undefined {
  if (isDnsName(name)) return name;
  const wildcard = name.startsWith("*.") ? "*." : "";
  const rest = name.slice(wildcard.length);
  // URL parsers also accept much that is not a name, and correct it silently.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(rest)) return undefined;
  const url = URL.parse(`https://${rest}/`);
  return url !== null && url.hostname.includes("xn--") && isDnsName(url.hostname)
    ? wildcard + url.hostname
    : undefined;
}
