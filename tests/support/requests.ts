import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
} from "../../lib/x509/encoding/der_writer.ts";
import { encodeAlternativeNames } from "../../lib/x509/name/alternative_names.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import type { KeyKindFor } from "../../lib/x509/key/kinds.ts";
import { type GeneratedKey, webCryptoKeys } from "../../lib/x509/key/signer.ts";

/** The fields of a request, right or wrong. */
export interface RequestCraft {
  /** RFC 4514, or DER. */
  readonly subject?: string | Uint8Array;
  readonly keyType?: KeyKindFor<"leaf">;
  /** In the form of `--san`, or DER GeneralNames. */
  readonly names?: string | Uint8Array;
  /** DER SubjectPublicKeyInfo, instead of that of the key. */
  readonly publicKeyInfo?: Uint8Array;
  /** DER Extensions to request in addition. */
  readonly extensions?: readonly Uint8Array[];
  /** DER Attributes besides the extensions. */
  readonly attributes?: readonly Uint8Array[];
  /** DER AlgorithmIdentifier of the signature. */
  readonly signatureAlgorithm?: Uint8Array;
  /** Makes the signature instead of the key. */
  readonly sign?: (tbs: Bytes) => Promise<Bytes>;
}

/** An AlgorithmIdentifier. */
export const algorithm = (oid: string, ...parameters: Uint8Array[]): Bytes =>
  sequence(objectIdentifier(oid), ...parameters);

/** An `Extension`. */
export function extension(oid: string, value: Uint8Array, isCritical = false): Bytes {
  const critical = isCritical ? [Uint8Array.of(1, 1, 0xff)] : [];
  return sequence(objectIdentifier(oid), ...critical, octetString(value));
}

const keys = new Map<KeyKindFor<"leaf">, Promise<GeneratedKey>>();

/** A key that all requests of a test file share, because generating one is slow. */
export function requestKey(type: KeyKindFor<"leaf"> = "ecdsa-p256"): Promise<GeneratedKey> {
  const key = keys.get(type) ?? webCryptoKeys.generate(type);
  keys.set(type, key);
  return key;
}

/** Creates a request. @returns DER. */
export async function craftRequest(craft: RequestCraft): Promise<Bytes> {
  const { subject = "CN=example.com,O=Example Inc,C=US", keyType = "ecdsa-p256", names } = craft;
  const key = await requestKey(keyType);
  const {
    publicKeyInfo = key.publicKey,
    sign = key.sign,
    extensions = [],
    attributes = [],
    signatureAlgorithm = key.algorithm.signature,
  } = craft;
  const encodedNames = typeof names === "string" ? encodeAlternativeNames(names) : names;
  const asked = [
    ...(encodedNames === undefined ? [] : [extension("2.5.29.17", encodedNames)]),
    ...extensions,
  ];
  const extensionRequest = asked.length === 0
    ? []
    : [sequence(objectIdentifier("1.2.840.113549.1.9.14"), setOf(sequence(...asked)))];
  const tbs = sequence(
    integer(0n),
    typeof subject === "string" ? encodeDistinguishedName(subject) : subject,
    publicKeyInfo,
    contextConstructed(0, ...extensionRequest, ...attributes),
  );
  return sequence(tbs, signatureAlgorithm, bitString(await sign(tbs)));
}
