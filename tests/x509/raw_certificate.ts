import {
  bitString,
  booleanTrue,
  contextConstructed,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from "../../lib/x509/encoding/der_writer.ts";

/**
 * Certificates built field by field, so that a test can get one field wrong. Their signatures are not valid:
 * reading a certificate does not verify it.
 */
export interface RawFields {
  /** Each field: complete DER, or an empty array to leave it out. */
  readonly version?: Uint8Array;
  readonly serialNumber?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly uniqueIdentifiers?: Uint8Array;
  /** Complete Extension values; an empty list omits the field. */
  readonly extensions?: readonly Uint8Array[];
  readonly outerAlgorithm?: Uint8Array;
  readonly signature?: Uint8Array;
}

/** The DER of a certificate. By default with Ed25519, for CN=raw. */
export function rawCertificate(fields: RawFields = {}): Uint8Array<ArrayBuffer> {
  const extensions = fields.extensions ?? [];
  const tbs = sequence(
    fields.version ?? contextConstructed(0, integer(2n)),
    fields.serialNumber ?? integer(0x1234n),
    fields.innerAlgorithm ?? ed25519,
    fields.issuer ?? rawName("raw issuer"),
    fields.validity ??
      sequence(time(new Date("2026-01-01T00:00:00Z")), time(new Date("2027-01-01T00:00:00Z"))),
    fields.subject ?? rawName("raw"),
    fields.publicKey ?? sequence(ed25519, bitString(new Uint8Array(32))),
    fields.uniqueIdentifiers ?? nothing,
    extensions.length > 0 ? contextConstructed(3, sequence(...extensions)) : nothing,
  );
  return sequence(
    tbs,
    fields.outerAlgorithm ?? ed25519,
    fields.signature ?? bitString(new Uint8Array(64)),
  );
}

/** No bytes. */
export const nothing = new Uint8Array();

/** AlgorithmIdentifier of Ed25519. */
export const ed25519 = sequence(objectIdentifier("1.3.101.112"));

/** A Name with one CN. */
export function rawName(commonName: string): Uint8Array<ArrayBuffer> {
  return sequence(rawRelativeName("2.5.4.3", utf8String(commonName)));
}

/** A RelativeDistinguishedName with one attribute. */
export function rawRelativeName(type: string, value: Uint8Array): Uint8Array<ArrayBuffer> {
  return setOf(sequence(objectIdentifier(type), value));
}

/** An Extension around `value`, which is complete DER. */
export function rawExtension(
  oid: string,
  value: Uint8Array,
  options: { readonly critical?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  return sequence(
    objectIdentifier(oid),
    options.critical ? booleanTrue() : nothing,
    octetString(value),
  );
}

/** Any DER value: identifier, length, content. */
export function rawValue(
  identifier: number,
  content: Uint8Array | string,
): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const inOctets = octetString(bytes);
  inOctets[0] = identifier;
  return inOctets;
}
