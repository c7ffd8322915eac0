/** Alternative names: reads them from DER and formats them as text (RFC 5280 4.2.1.6). */
import {
  type Bytes,
  checkNested,
  constructedContextTag,
  contextTag,
  type DerReader,
  type DerValue,
  ia5TextOf,
  objectIdentifierOf,
  readInside,
  readObjectIdentifier,
  tag,
} from "../encoding/mod.ts";
import { readName } from "./name.ts";
import { BadDerError } from "../errors.ts";
import { escapeAsHex } from "./escape.ts";
import { formatAddress } from "./ip_address.ts";

/** An alternative name (RFC 5280 4.2.1.6). Text is ASCII, and untrusted. */
export type GeneralName =
  | { readonly kind: "dns" | "uri" | "email"; readonly text: string }
  | {
    readonly kind: "ip";
    /** 4 bytes (IPv4) or 16 (IPv6). */
    readonly address: Bytes;
  }
  | { readonly kind: UninterpretedKind; readonly der: Bytes };

/** The kinds that are kept as encoded. */
type UninterpretedKind =
  | "otherName"
  | "x400Address"
  | "directoryName"
  | "ediPartyName"
  | "registeredID";

/** Reads GeneralNames: a SEQUENCE with at least one name. */
export function readGeneralNames(reader: DerReader): GeneralName[] {
  return generalNamesIn(reader.next(tag.sequence));
}

/** The names in a GeneralNames value, which may have an IMPLICIT tag. */
export function generalNamesIn(value: DerValue): GeneralName[] {
  const names: GeneralName[] = [];
  readInside(value, (members) => {
    while (!members.isAtEnd()) names.push(readGeneralName(members));
  });
  if (names.length === 0) throw new BadDerError(value.offset, "no-general-names");
  return names;
}

/** Reads one GeneralName. */
export function readGeneralName(reader: DerReader): GeneralName {
  const value = reader.next();
  switch (value.identifier) {
    case contextTag(1):
      return { kind: "email", text: ia5TextOf(value) };
    case contextTag(2):
      return { kind: "dns", text: ia5TextOf(value) };
    case contextTag(6):
      return { kind: "uri", text: ia5TextOf(value) };
    case contextTag(7):
      if (value.content.length !== 4 && value.content.length !== 16) {
        throw new BadDerError(value.offset, "ip-address-length");
      }
      return { kind: "ip", address: value.content };
  }
  const kind = uninterpreted.get(value.identifier);
  if (kind === undefined) throw new BadDerError(value.offset, "general-name");
  checkUninterpreted(kind, value);
  return { kind, der: value.der };
}

/** Checks a name that is kept as encoded, as far as its type is known. */
function checkUninterpreted(kind: UninterpretedKind, value: DerValue): void {
  checkNested(value);
  if (kind === "registeredID") objectIdentifierOf(value);
  if (kind === "directoryName") readInside(value, readName);
  if (kind === "otherName") {
    readInside(value, (parts) => {
      readObjectIdentifier(parts);
      parts.inside(constructedContextTag(0), (inner) => inner.next());
    });
  }
}

const uninterpreted: ReadonlyMap<number, UninterpretedKind> = new Map([
  [constructedContextTag(0), "otherName"],
  [constructedContextTag(3), "x400Address"],
  [constructedContextTag(4), "directoryName"],
  [constructedContextTag(5), "ediPartyName"],
  [contextTag(8), "registeredID"],
]);

/**
 * Formats a name as one word: `DNS:device.example`, `IP:192.0.2.1`, `IP:2001:db8::1`, `URI:urn:device:1`,
 * `email:a@b.example`, and for other kinds the kind and the DER in hexadecimal.
 *
 * Every character that could end the word is escaped as `\XX`, so that a URI `http://a/, DNS:evil.example`
 * cannot be mistaken for two names in a list.
 */
export function formatGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case "dns":
      return `DNS:${escapeWord(name.text)}`;
    case "uri":
      return `URI:${escapeWord(name.text)}`;
    case "email":
      return `email:${escapeWord(name.text)}`;
    case "ip":
      return `IP:${formatAddress(name.address)}`;
    default:
      return `${name.kind}:${name.der.toHex()}`;
  }
}

function escapeWord(text: string): string {
  // deno-lint-ignore no-control-regex
  return escapeAsHex(text, /[\x00-\x20\x7f,;"'\\]/g);
}
