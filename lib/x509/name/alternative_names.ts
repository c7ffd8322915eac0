/** Encodes alternative names: from text to DER. */
import { type Bytes, contextPrimitive, sequenceOf } from "../encoding/mod.ts";
import { parseIpAddress } from "./ip_address.ts";
import { InvalidAlternativeNameError } from "../errors.ts";

/**
 * Encodes alternative names written as `DNS:a.example,IP:10.0.0.1,URI:https://a.example/,email:a@b.example`
 * as DER GeneralNames (RFC 5280 4.2.1.6). A comma within a name is written `\,`, a backslash `\\`.
 *
 * @throws InvalidAlternativeNameError for the first name that does not have the form of its kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeAlternativeNames } from "./mod.ts";
 *
 * assert.equal(encodeAlternativeNames("IP:192.0.2.1").toHex(), "30068704c0000201");
 * assert.throws(() => encodeAlternativeNames("a.example"), { code: "invalid-alternative-name" });
 * ```
 */
export function encodeAlternativeNames(written: string): Bytes {
  return encodeEachAlternativeName(splitAtCommas(written).map((name) => name.trim()));
}

/**
 * Encodes alternative names given as a list, one name per element: nothing is split or unescaped.
 *
 * @throws InvalidAlternativeNameError for the first name that does not have the form of its kind.
 */
export function encodeEachAlternativeName(names: readonly string[]): Bytes {
  return sequenceOf(names.map(encodeAlternativeName));
}

function splitAtCommas(written: string): string[] {
  const names: string[] = [];
  let name = "";
  for (let index = 0; index <= written.length; index++) {
    const character = written.charAt(index);
    if (character === "," || index === written.length) {
      // An empty name: two commas in a row, or one at the start or the end.
      if (name === "") throw new InvalidAlternativeNameError("", "empty");
      names.push(name);
      name = "";
    } else if (character === "\\" && /^[\\,]/.test(written.charAt(index + 1))) {
      name += written.charAt(++index);
    } else {
      name += character;
    }
  }
  return names;
}

/**
 * Encodes one alternative name as DER GeneralName: nothing is split or unescaped.
 *
 * @throws InvalidAlternativeNameError if it does not have the form of its kind.
 */
export function encodeAlternativeName(name: string): Bytes {
  const { kind, value } = divideName(name);
  const invalid = (reason: InvalidAlternativeNameError["reason"]): InvalidAlternativeNameError =>
    new InvalidAlternativeNameError(name, reason);
  switch (kind) {
    case "dns":
      if (!isDnsName(value)) throw invalid("not-a-dns-name");
      return contextPrimitive(2, ascii.encode(value));
    case "ip": {
      const address = parseIpAddress(value);
      if (address === undefined) throw invalid("not-an-ip-address");
      return contextPrimitive(7, address);
    }
    case "uri":
      if (!isUri(value)) throw invalid("not-a-uri");
      return contextPrimitive(6, ascii.encode(value));
    case "email":
      if (!isMailbox(value)) throw invalid("not-an-email-address");
      return contextPrimitive(1, ascii.encode(value));
    default:
      throw invalid("unknown-kind");
  }
}

/** Divides `DNS:a.example` into its kind, in lowercase, and its value. */
export function divideName(name: string): { readonly kind?: string; readonly value: string } {
  const { kind, value = "" } = /^(?<kind>[A-Za-z]+):(?<value>.*)$/s.exec(name)?.groups ?? {};
  return kind === undefined ? { value } : { kind: kind.toLowerCase(), value };
}

const ascii = new TextEncoder();

/**
 * RFC 1034 3.5 "preferred name syntax", plus what is in use beyond it: underscores, and `*` as the whole
 * first label (RFC 6125 6.4.3).
 */
export function isDnsName(value: string): boolean {
  const labels = (value.startsWith("*.") ? value.slice(2) : value).split(".");
  return value.length <= 253 &&
    labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}

/** An absolute URI (RFC 3986): a scheme, then only characters that URIs may have. */
function isUri(value: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/.test(value);
}

/** `Mailbox` of RFC 2821, without quoted local parts. */
export function isMailbox(value: string): boolean {
  const at = value.lastIndexOf("@");
  return at > 0 && /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/.test(value.slice(0, at)) &&
    !value.startsWith("*.", at + 1) && isDnsName(value.slice(at + 1));
}
