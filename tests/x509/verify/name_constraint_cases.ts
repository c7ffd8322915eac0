/** Name constraints and names with the expected results, for our verifier and for OpenSSL. */
import {
  booleanTrue,
  type Bytes,
  contextConstructed,
  contextPrimitive,
  ia5String,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../../../lib/x509/encoding/der_writer.ts";
import { parseIpAddress } from "../../../lib/x509/name/ip_address.ts";
import type { NameConstraintError } from "../../../lib/x509/verify/chain_errors.ts";
import { nothing } from "../raw_certificate.ts";

/** A row. Words in texts are separated by blanks. */
export interface NameConstraintCase {
  /** `DNS:a.example`, `IP:10.0.0.0/255.0.0.0`, `dirName:O=a,CN=b`, `otherName`, `registeredID`. */
  readonly permitted?: string;
  readonly excluded?: string;
  /** The alternative names of the leaf, and `subject:O=a,CN=b`. */
  readonly names: string;
  readonly expected: "accepted" | NameConstraintError["problem"];
  /** Why OpenSSL's result is different. */
  readonly unlikeOpenssl?: string;
}

const stricter = "Go or Chrome refuse it, but OpenSSL compares bytes";

/** The rows. {@linkcode describeCase} gives each a title. */
export const nameConstraintCases: readonly NameConstraintCase[] = [
  // DNS: RFC 5280 4.2.1.10 "adding zero or more labels to the left-hand side".
  { permitted: "DNS:example.com", names: "DNS:example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "DNS:a.example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "DNS:a.b.example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "DNS:EXAMPLE.Com", expected: "accepted" },
  { permitted: "DNS:Example.COM", names: "DNS:a.example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "DNS:badexample.com", expected: "not-permitted" },
  { permitted: "DNS:example.com", names: "DNS:example.org", expected: "not-permitted" },
  { permitted: "DNS:example.com", names: "DNS:com", expected: "not-permitted" },
  { permitted: "DNS:a.example.com", names: "DNS:example.com", expected: "not-permitted" },
  {
    permitted: "DNS:example.com",
    names: "DNS:a.example.com DNS:b.example.org",
    expected: "not-permitted",
  },
  {
    permitted: "DNS:example.com DNS:example.org",
    names: "DNS:a.example.org",
    expected: "accepted",
  },
  { permitted: "DNS:.example.com", names: "DNS:a.example.com", expected: "accepted" },
  { permitted: "DNS:.example.com", names: "DNS:example.com", expected: "not-permitted" },
  { permitted: "DNS:com", names: "DNS:a.b.com", expected: "accepted" },
  { permitted: "DNS:", names: "DNS:a.example.com", expected: "accepted" },
  { excluded: "DNS:", names: "DNS:a.example.com", expected: "excluded" },
  { excluded: "DNS:example.com", names: "DNS:example.com", expected: "excluded" },
  { excluded: "DNS:example.com", names: "DNS:A.EXAMPLE.com", expected: "excluded" },
  { excluded: "DNS:example.com", names: "DNS:example.org", expected: "accepted" },
  { excluded: "DNS:.example.com", names: "DNS:example.com", expected: "accepted" },
  {
    permitted: "DNS:example.com",
    excluded: "DNS:b.example.com",
    names: "DNS:a.b.example.com",
    expected: "excluded",
  },
  {
    permitted: "DNS:example.com",
    excluded: "DNS:b.example.com",
    names: "DNS:c.example.com",
    expected: "accepted",
  },
  // A wildcard matches one label.
  { permitted: "DNS:example.com", names: "DNS:*.example.com", expected: "accepted" },
  { permitted: "DNS:a.example.com", names: "DNS:*.example.com", expected: "not-permitted" },
  { excluded: "DNS:example.com", names: "DNS:*.example.com", expected: "excluded" },
  { excluded: "DNS:a.b.example.com", names: "DNS:*.example.com", expected: "accepted" },
  {
    excluded: "DNS:a.example.com",
    names: "DNS:*.example.com",
    expected: "excluded",
    unlikeOpenssl: "the wildcard can be used as the name that is excluded",
  },
  // A name that is not a DNS name could be inside any subtree, or none.
  {
    excluded: "DNS:example.com",
    names: "DNS:example.com.",
    expected: "unsupported",
    unlikeOpenssl: stricter,
  },
  {
    permitted: "DNS:example.com",
    names: "DNS:.example.com",
    expected: "unsupported",
    unlikeOpenssl: stricter,
  },
  {
    permitted: "DNS:example.com",
    names: "DNS:a*.example.com",
    expected: "unsupported",
    unlikeOpenssl: stricter,
  },
  { permitted: "DNS:*.example.com", names: "DNS:a.example.com", expected: "unsupported" },
  {
    excluded: "DNS:*.example.com",
    names: "DNS:a.example.org",
    expected: "unsupported",
    unlikeOpenssl: stricter,
  },
  // Kinds that are not constrained, and kinds that the certificate lacks.
  { permitted: "DNS:example.com", names: "IP:192.0.2.1", expected: "accepted" },
  { permitted: "IP:10.0.0.0/255.0.0.0", names: "DNS:example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "", expected: "accepted" },
  // The common name of a leaf without a DNS alternative name.
  { permitted: "DNS:example.com", names: "subject:CN=www.example.org", expected: "not-permitted" },
  { permitted: "DNS:example.com", names: "subject:CN=www.example.com", expected: "accepted" },
  { permitted: "DNS:example.com", names: "subject:CN=device", expected: "accepted" },
  { permitted: "DNS:example.com", names: "subject:CN=not-.a-host", expected: "accepted" },
  { permitted: "DNS:example.com", names: "subject:CN=a..example.org", expected: "accepted" },
  {
    excluded: "DNS:example.com",
    names: "subject:CN=www.example.com IP:192.0.2.1",
    expected: "excluded",
  },
  {
    permitted: "DNS:example.com",
    names: "subject:CN=www.example.org DNS:example.com",
    expected: "accepted",
  },
  // IP addresses.
  { permitted: "IP:10.0.0.0/255.0.0.0", names: "IP:10.255.0.1", expected: "accepted" },
  { permitted: "IP:10.0.0.0/255.0.0.0", names: "IP:11.0.0.1", expected: "not-permitted" },
  { permitted: "IP:10.1.2.3/255.0.0.0", names: "IP:10.9.9.9", expected: "accepted" },
  { permitted: "IP:192.0.2.128/255.255.255.240", names: "IP:192.0.2.143", expected: "accepted" },
  {
    permitted: "IP:192.0.2.128/255.255.255.240",
    names: "IP:192.0.2.144",
    expected: "not-permitted",
  },
  { permitted: "IP:192.0.2.1/255.255.255.255", names: "IP:192.0.2.1", expected: "accepted" },
  { permitted: "IP:0.0.0.0/0.0.0.0", names: "IP:192.0.2.1", expected: "accepted" },
  { permitted: "IP:0.0.0.0/0.0.0.0", names: "IP:2001:db8::1", expected: "not-permitted" },
  { excluded: "IP:0.0.0.0/0.0.0.0", names: "IP:2001:db8::1", expected: "accepted" },
  { excluded: "IP:0.0.0.0/0.0.0.0 IP:::/::", names: "IP:2001:db8::1", expected: "excluded" },
  { permitted: "IP:2001:db8::/ffff:ffff::", names: "IP:2001:db8:1::1", expected: "accepted" },
  { permitted: "IP:2001:db8::/ffff:ffff::", names: "IP:2001:db9::1", expected: "not-permitted" },
  { permitted: "IP:2001:db8::/ffff:ffff::", names: "IP:192.0.2.1", expected: "not-permitted" },
  {
    permitted: "IP:10.0.0.0/255.0.255.0",
    names: "IP:10.1.0.1",
    expected: "unsupported",
    unlikeOpenssl: "Go and Chrome accept no mask with holes",
  },
  { permitted: "rawIP:0a000000ff", names: "IP:10.1.0.1", expected: "unsupported" },
  // Mailboxes.
  { permitted: "email:example.com", names: "email:a@example.com", expected: "accepted" },
  { permitted: "email:example.com", names: "email:A@EXAMPLE.com", expected: "accepted" },
  { permitted: "email:example.com", names: "email:a@b.example.com", expected: "not-permitted" },
  { permitted: "email:.example.com", names: "email:a@b.example.com", expected: "accepted" },
  { permitted: "email:.example.com", names: "email:a@B.EXAMPLE.com", expected: "accepted" },
  { permitted: "email:.example.com", names: "email:a@example.com", expected: "not-permitted" },
  { permitted: "email:.example.com", names: "email:a@badexample.com", expected: "not-permitted" },
  { permitted: "email:a@example.com", names: "email:a@example.com", expected: "accepted" },
  { permitted: "email:a@example.com", names: "email:a@EXAMPLE.COM", expected: "accepted" },
  { permitted: "email:a@example.com", names: "email:A@example.com", expected: "not-permitted" },
  { permitted: "email:a@example.com", names: "email:b@example.com", expected: "not-permitted" },
  { permitted: "email:a@example.com", names: "email:aa@example.com", expected: "not-permitted" },
  { permitted: "email:@example.com", names: "email:a@example.com", expected: "accepted" },
  { excluded: "email:example.com", names: "email:a@example.com", expected: "excluded" },
  { excluded: "email:example.com", names: "email:a@example.org", expected: "accepted" },
  { excluded: "email:a@example.com", names: "email:b@example.com", expected: "accepted" },
  { permitted: "email:example.com", names: "email:example.com", expected: "unsupported" },
  { permitted: "email:", names: "email:a@example.com", expected: "unsupported" },
  {
    excluded: "email:",
    names: "email:a@example.com",
    expected: "unsupported",
    unlikeOpenssl: "Go treats it as every mailbox",
  },
  {
    permitted: "email:example.com",
    names: "subject:emailAddress=a@example.org",
    expected: "not-permitted",
  },
  {
    permitted: "email:example.com",
    names: "subject:emailAddress=a@example.com DNS:a.example",
    expected: "accepted",
  },
  // URIs: only the host counts.
  { permitted: "URI:example.com", names: "URI:https://example.com/a", expected: "accepted" },
  { permitted: "URI:example.com", names: "URI:https://EXAMPLE.com:8443/a", expected: "accepted" },
  { permitted: "URI:example.com", names: "URI:https://a.example.com/", expected: "not-permitted" },
  { permitted: "URI:.example.com", names: "URI:https://a.example.com", expected: "accepted" },
  { permitted: "URI:.example.com", names: "URI:https://a.b.example.com/x", expected: "accepted" },
  { permitted: "URI:.example.com", names: "URI:https://example.com/", expected: "not-permitted" },
  {
    permitted: "URI:.example.com",
    names: "URI:https://badexample.com/",
    expected: "not-permitted",
  },
  { excluded: "URI:example.com", names: "URI:https://example.com/", expected: "excluded" },
  { excluded: "URI:example.com", names: "URI:https://example.org/", expected: "accepted" },
  {
    excluded: "URI:example.com",
    names: "URI:https://user@example.com/",
    expected: "unsupported",
    unlikeOpenssl: "OpenSSL 3.0 treats the user as part of the host",
  },
  {
    permitted: "URI:example.com",
    names: "URI:https://example.com:x@example.org/",
    expected: "unsupported",
    unlikeOpenssl: "OpenSSL 3.0 accepts it: it ends the host at the first colon",
  },
  {
    permitted: "URI:example.org",
    names: "URI:https://example.com:x@example.org/",
    expected: "unsupported",
  },
  {
    excluded: "URI:example.com",
    names: "URI:https://example.com?q",
    expected: "excluded",
    unlikeOpenssl: "OpenSSL 3.0 treats the query as part of the host",
  },
  { permitted: "URI:example.com", names: "URI:urn:device:1", expected: "unsupported" },
  { permitted: "URI:example.com", names: "URI:https:///a", expected: "unsupported" },
  {
    permitted: "URI:192.0.2.1",
    names: "URI:https://192.0.2.1/",
    expected: "unsupported",
    unlikeOpenssl: stricter,
  },
  { permitted: "URI:example.com", names: "URI:https://[2001:db8::1]/", expected: "unsupported" },
  { permitted: "URI:", names: "URI:https://example.com/", expected: "unsupported" },
  // Directory names: a prefix of relative names.
  { permitted: "dirName:O=Example", names: "subject:O=Example,CN=a", expected: "accepted" },
  { permitted: "dirName:O=Example", names: "subject:O=Example", expected: "accepted" },
  { permitted: "dirName:O=example", names: "subject:O=EXAMPLE,CN=a", expected: "accepted" },
  {
    permitted: "dirName:printable/O=Example",
    names: "subject:O=Example,CN=a",
    expected: "accepted",
  },
  { permitted: "dirName:O=Example", names: "subject:CN=a,O=Example", expected: "not-permitted" },
  { permitted: "dirName:O=Example,OU=b", names: "subject:O=Example", expected: "not-permitted" },
  { permitted: "dirName:O=Example", names: "subject:O=Example2,CN=a", expected: "not-permitted" },
  { permitted: "dirName:", names: "subject:O=Example,CN=a", expected: "accepted" },
  { excluded: "dirName:", names: "subject:O=Example,CN=a", expected: "excluded" },
  { excluded: "dirName:O=Example", names: "subject:O=Example,CN=a", expected: "excluded" },
  { excluded: "dirName:O=Example", names: "subject:O=Other,CN=a", expected: "accepted" },
  { permitted: "dirName:O=Example", names: "DNS:example.com", expected: "accepted" },
  {
    permitted: "dirName:O=Example",
    names: "subject:O=Example,CN=a dirName:O=Other",
    expected: "not-permitted",
  },
  { permitted: "dirName:O=Example", names: "dirName:O=Example,CN=b", expected: "accepted" },
  // Unsupported kinds: refused if the certificate has such a name, whether critical or not.
  { permitted: "otherName", names: "otherName", expected: "unsupported" },
  { excluded: "otherName", names: "otherName", expected: "unsupported" },
  { permitted: "otherName", names: "DNS:example.com", expected: "accepted" },
  { permitted: "registeredID", names: "registeredID", expected: "unsupported" },
  { permitted: "DNS:example.com", names: "otherName DNS:a.example.com", expected: "accepted" },
  // RFC 5280 4.2.1.10: minimum must be 0, and maximum must be absent.
  { permitted: "minimum/DNS:example.com", names: "DNS:a.example.com", expected: "unsupported" },
  { excluded: "maximum/DNS:example.com", names: "DNS:a.example.org", expected: "unsupported" },
  { excluded: "maximum/DNS:example.com", names: "IP:192.0.2.1", expected: "accepted" },
];

/** `permitted DNS:example.com: DNS:a.example.com is accepted`. */
export function describeCase({ permitted, excluded, names, expected }: NameConstraintCase): string {
  const constraints = [
    ...permitted === undefined ? [] : [`permitted ${permitted}`],
    ...excluded === undefined ? [] : [`excluded ${excluded}`],
  ];
  return `${constraints.join(", ")}: ${names || "no name"} is ${expected}`;
}

const words = (text: string): string[] => text === "" ? [] : text.split(" ");

/** The NameConstraints of a row. */
export function encodeConstraints({ permitted, excluded }: NameConstraintCase): Bytes {
  const subtrees = (number: number, text: string | undefined): Uint8Array =>
    text === undefined ? nothing : contextConstructed(number, ...words(text).map(encodeSubtree));
  return sequence(subtrees(0, permitted), subtrees(1, excluded));
}

/** The subject of a row's leaf; empty by default. */
export function encodeSubject({ names }: NameConstraintCase): Bytes {
  const subject = words(names).find((word) => word.startsWith("subject:"));
  return encodeName(subject?.slice("subject:".length) ?? "");
}

/** The subjectAltName extension of a row's leaf, if it has one. */
export function encodeAlternatives({ names }: NameConstraintCase): Uint8Array[] {
  const others = words(names).filter((word) => !word.startsWith("subject:"));
  if (others.length === 0) return [];
  const value = sequence(...others.map(encodeGeneralName));
  return [sequence(objectIdentifier("2.5.29.17"), booleanTrue(), octetString(value))];
}

function encodeSubtree(word: string): Bytes {
  const [, limit, base = ""] = /^(?:(minimum|maximum)\/)?(.*)$/.exec(word) ?? [];
  return sequence(
    encodeGeneralName(base),
    limit === undefined ? nothing : contextPrimitive(limit === "minimum" ? 0 : 1, Uint8Array.of(1)),
  );
}

function encodeGeneralName(word: string): Bytes {
  const [kind = "", ...rest] = word.split(":");
  const text = rest.join(":");
  const ascii = new TextEncoder().encode(text);
  switch (kind) {
    case "email":
      return contextPrimitive(1, ascii);
    case "DNS":
      return contextPrimitive(2, ascii);
    case "dirName":
      return contextConstructed(4, encodeName(text));
    case "URI":
      return contextPrimitive(6, ascii);
    case "IP": {
      const parts = text.split("/").map((part) => parseIpAddress(part) ?? nothing);
      return contextPrimitive(7, Uint8Array.from(parts.flatMap((part) => [...part])));
    }
    case "rawIP":
      return contextPrimitive(7, Uint8Array.fromHex(text));
    case "otherName":
      return contextConstructed(
        0,
        objectIdentifier("1.2.3.4"),
        contextConstructed(0, utf8String("a")),
      );
    case "registeredID":
      return contextPrimitive(8, Uint8Array.of(0x2a, 3));
  }
  throw new Error(`not a name: ${word}`);
}

const attributeTypes: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  emailAddress: "1.2.840.113549.1.9.1",
};

/** `O=a,CN=b`, in the order of the encoding. */
function encodeName(text: string): Bytes {
  const isPrintable = text.startsWith("printable/");
  const attributes = text.replace("printable/", "").split(",").filter((part) => part !== "");
  return sequence(...attributes.map((part) => {
    const [type = "", value = ""] = part.split("=");
    const encoded = type === "emailAddress"
      ? ia5String(value)
      : isPrintable
      ? printableString(value)
      : utf8String(value);
    return setOf(sequence(objectIdentifier(attributeTypes[type] ?? ""), encoded));
  }));
}
