/** Patterns for names: how they are written, and which names they match. */
import { attempt } from "../../../system/mod.ts";
import {
  type AddressRange,
  type Bytes,
  DerReader,
  encodeAlternativeName,
  encodeDistinguishedName,
  type Name,
  parseAddressRange,
  parseIpAddress,
  readName,
} from "../../../x509/mod.ts";

// `*` matches any characters, or none, as in cert-manager's approver-policy. There is nothing else
// special in a pattern: no `?`, no brackets, no escapes. So matching needs no backtracking.

/** The longest pattern in characters: longer than any name in use. */
const longest = 1024;

/**
 * Whether a text matches a pattern.
 *
 * @param pattern its parts between the stars: the first has to be at the start of the text, the last at its
 * end, and the others in between, in this order. Taking each at the first place where it is loses nothing.
 */
function matches(pattern: readonly string[], text: string): boolean {
  const [first = "", ...others] = pattern;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return text.endsWith(last);
}

function matchesText(pattern: string, text: string): boolean {
  return matches(pattern.split("*"), text);
}

/** Whether alternative names of a kind may have this text. */
function isWellFormed(kind: "DNS" | "URI" | "email", text: string): boolean {
  return attempt(() => encodeAlternativeName(`${kind}:${text}`)) !== undefined;
}

/** Whether a text is a name of its kind at all. A URI must have a host if it has a place for one. */
export function isNameOfKind(kind: "dns" | "uri" | "email", text: string): boolean {
  const word = { dns: "DNS", uri: "URI", email: "email" } as const;
  return isWellFormed(word[kind], text) && (kind !== "uri" || hasGoodAuthority(text));
}

/** Texts to put instead of `*`, to see whether a pattern matches anything. */
const fillings = ["a", "", "a.a"];

function matchesSome(pattern: string, isName: (text: string) => boolean): boolean {
  return pattern.length <= longest &&
    fillings.some((filling) => isName(pattern.replaceAll("*", filling)));
}

/** Whether it is a pattern for DNS names that at least one name matches. */
export function isDnsPattern(pattern: string): boolean {
  return matchesSome(pattern, (text) => isWellFormed("DNS", text));
}

/** Whether a DNS name matches a pattern. Case does not matter (RFC 4343). */
export function dnsMatches(pattern: string, name: string): boolean {
  return isWellFormed("DNS", name) && matchesText(pattern.toLowerCase(), name.toLowerCase());
}

/** Whether it is a pattern for mailboxes that at least one mailbox matches. */
export function isEmailPattern(pattern: string): boolean {
  return pattern === "*" || matchesSome(pattern, (text) => isWellFormed("email", text));
}

/**
 * Whether a mailbox matches a pattern: on each side of the last `@`. Case matters only before it (RFC 5321
 * 2.4).
 */
export function emailMatches(pattern: string, name: string): boolean {
  if (!isWellFormed("email", name)) return false;
  if (pattern === "*") return true;
  const [local, host] = dividedAt(pattern, pattern.lastIndexOf("@"));
  const [namesLocal, namesHost] = dividedAt(name, name.lastIndexOf("@"));
  return matchesText(local, namesLocal) &&
    matchesText(host.toLowerCase(), namesHost.toLowerCase());
}

function dividedAt(text: string, index: number): readonly [string, string] {
  return [text.slice(0, index), text.slice(index)];
}

/**
 * Whether it is a pattern for URIs that at least one URI matches. It is `*`, or its scheme is written out.
 */
export function isUriPattern(pattern: string): boolean {
  return pattern === "*" || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(pattern) &&
      matchesSome(pattern, (text) => isNameOfKind("uri", text));
}

/**
 * Whether a URI has no authority, or one that every reader understands: a host, perhaps with a port. Readers
 * disagree about where the host is if there is user information before it (RFC 3986 3.2.1), as in
 * `https://a.example:x@b.example/`. Only `file:` may have an empty host (RFC 8089 2).
 */
function hasGoodAuthority(uri: string): boolean {
  const [, scheme, authority] = /^([^:]+):\/\/([^/?#]*)/.exec(uri) ?? [];
  if (authority === undefined) return true;
  if (authority === "") return scheme?.toLowerCase() === "file";
  const [, host = "", address] = /^(\[([^\]]*)\]|[^:[\]@]+)(?::\d{1,5})?$/.exec(authority) ?? [];
  if (address !== undefined) return address.includes(":") && parseIpAddress(address) !== undefined;
  return /^[\d.]+$/.test(host) ? parseIpAddress(host) !== undefined : isHostName(host);
}

/** A wildcard is no host of a URI. */
function isHostName(host: string): boolean {
  return !host.startsWith("*") && isWellFormed("DNS", host.replace(/\.$/, ""));
}

/**
 * Whether a URI matches a pattern. If the pattern has a host (`https://...`), a `*` in it matches nothing
 * beyond the host: `https://*.fleet.example/*` does not match `https://evil.example/.fleet.example/`. A
 * pattern that ends with a `*` in its host matches any path. Case matters only after the host (RFC 3986
 * 6.2.2.1).
 */
export function uriMatches(pattern: string, name: string): boolean {
  if (!isNameOfKind("uri", name)) return false;
  if (pattern === "*") return true;
  const [wanted, found] = [hostAndPath(pattern), hostAndPath(name)];
  if (wanted === undefined) {
    const [scheme, rest] = dividedAt(pattern, pattern.indexOf(":"));
    const [namesScheme, namesRest] = dividedAt(name, name.indexOf(":"));
    return scheme.toLowerCase() === namesScheme.toLowerCase() && matchesText(rest, namesRest);
  }
  if (found === undefined || !matchesText(wanted.host, found.host)) return false;
  return wanted.path === "" && wanted.host.endsWith("*") || matchesText(wanted.path, found.path);
}

/** Scheme and authority in lowercase, and what follows; `undefined` without an authority. */
function hostAndPath(uri: string): { readonly host: string; readonly path: string } | undefined {
  const start = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(uri)?.[0].length;
  if (start === undefined) return undefined;
  const length = uri.slice(start).search(/[/?#]/);
  const [host, path] = length < 0 ? [uri, ""] : dividedAt(uri, start + length);
  return { host: host.toLowerCase(), path };
}

/**
 * Parses an address, or a range of addresses: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`.
 *
 * @returns `undefined` for anything else, such as an address with bits after the length.
 */
export function parseRange(written: string): AddressRange | undefined {
  if (written.includes("/")) return parseAddressRange(written);
  const address = parseIpAddress(written);
  return address && { address, mask: address.map(() => 0xff) };
}

/** Whether an address is in a range. IPv4 addresses are only in ranges of IPv4 addresses. */
export function ipMatches(range: string, address: Uint8Array): boolean {
  const parsed = parseRange(range);
  return parsed !== undefined && parsed.address.length === address.length &&
    address.every((byte, index) => (byte & (parsed.mask[index] ?? 0)) === parsed.address[index]);
}

/** An attribute of a pattern for subjects: its type, and its value divided at the stars. */
export interface AttributePattern {
  /** OBJECT IDENTIFIER in dots. */
  readonly type: string;
  readonly value: readonly string[];
}

/** A pattern for subjects: in the order of the encoding, as in {@linkcode Name}. */
export type SubjectPattern = readonly (readonly AttributePattern[])[];

/**
 * Parses a pattern for subjects: a distinguished name in the form of RFC 4514, in whose values `*` matches
 * any characters, `CN=*.fleet.example,O=Fleet`.
 *
 * @returns `undefined` if it does not have that form, or no value of an attribute's type can match.
 */
export function parseSubjectPattern(written: string): SubjectPattern | undefined {
  if (written.length > longest) return undefined;
  if (written === "") return [];
  const pattern: AttributePattern[][] = [];
  for (const relative of splitUnescaped(written, ",")) {
    const attributes: AttributePattern[] = [];
    for (const attribute of splitUnescaped(relative, "+")) {
      const parsed = attempt(() => parseAttribute(attribute));
      if (parsed === undefined) return undefined;
      attributes.push(parsed);
    }
    pattern.unshift(attributes);
  }
  return pattern;
}

/** @throws InvalidDistinguishedNameError */
function parseAttribute(written: string): AttributePattern | undefined {
  const [type, value] = dividedAt(written, written.indexOf("="));
  const parts = value.slice(1).trim().split("*");
  if (parts.length === 1) {
    const [attribute] = nameOf(written).relativeNames.flat();
    return attribute?.text === undefined
      ? undefined
      : { type: attribute.type, value: [attribute.text] };
  }
  // Two letters, which values of every type may be, to check the type; and parts of any length, framed by
  // letters, as spaces at the ends would be lost.
  const [attribute] = nameOf(`${type}=AA`).relativeNames.flat();
  const texts = parts.map((part) =>
    nameOf(`SN=x${part}x`).relativeNames[0]?.[0]?.text?.slice(1, -1)
  );
  const isMatched = fillings.some((filling) =>
    attempt(() => encodeDistinguishedName(`${type}=${parts.join(filling)}`)) !== undefined
  );
  // A value of a fixed length: countryName.
  const isMatchedByLetters = attempt(() => encodeDistinguishedName(`${type}=${parts.join("AA")}`));
  if (attribute === undefined || !isMatched && isMatchedByLetters === undefined) return undefined;
  return { type: attribute.type, value: texts.map((text) => text ?? "") };
}

function nameOf(written: string): Name {
  return readName(new DerReader(encodeDistinguishedName(written) as Bytes));
}

/** Splits at each separator that no backslash precedes. */
function splitUnescaped(written: string, separator: string): string[] {
  const parts = [""];
  for (let index = 0; index < written.length; index++) {
    const character = written.charAt(index);
    if (character === separator) parts.push("");
    else {
      const length = character === "\\" ? 2 : 1;
      parts.push(`${parts.pop()}${written.slice(index, index + length)}`);
      index += length - 1;
    }
  }
  return parts;
}

/** Whether a value of an attribute matches. */
export function valueMatches({ value }: AttributePattern, text: string | undefined): boolean {
  return text !== undefined && matches(value, text);
}

/**
 * Whether a subject matches a pattern: it has the same attributes in the same order, and every value matches.
 * Attributes that are one relative name (`CN=a+serialNumber=b`) may be in any order.
 */
export function subjectMatches(pattern: SubjectPattern, { relativeNames }: Name): boolean {
  return pattern.length === relativeNames.length && pattern.every((wanted, index) => {
    const found = relativeNames[index] ?? [];
    const byType = new Map(found.map((attribute) => [attribute.type, attribute]));
    return wanted.length === found.length && byType.size === found.length &&
      wanted.every((one) => valueMatches(one, byType.get(one.type)?.text));
  });
}
