/** What WebCrypto is told: how it imports keys of an algorithm, and signs and verifies by a scheme. */
import { readAlgorithmIdentifier } from "./algorithm.ts";
import type { PrivateKey } from "./private_key.ts";
import { type KeyAlgorithm, type PublicKey, readPublicKeyInfo } from "./public_key.ts";
import type { SignatureScheme } from "./signature_scheme.ts";
import { readWhole, tag } from "../encoding/der_reader.ts";
import { readOctetString, readSmallInteger } from "../encoding/der_values.ts";
import {
  bitString,
  type Bytes,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
} from "../encoding/der_writer.ts";
import { keyOid } from "../encoding/oids.ts";

/** What WebCrypto is told about a key that it imports. */
type ImportAlgorithm = EcKeyImportParams | RsaHashedImportParams | Algorithm;

/** What WebCrypto is told about a key and the signatures made with it. */
export interface SigningTerms {
  readonly importing: ImportAlgorithm;
  readonly signing: Algorithm | EcdsaParams | RsaPssParams;
}

/** The terms of signatures of a scheme by a key; `undefined` where such a key makes no such signature. */
export function termsOf(
  scheme: SignatureScheme,
  algorithm: KeyAlgorithm,
): SigningTerms | undefined {
  switch (scheme.kind) {
    case "ecdsa":
      if (algorithm.kind !== "ec") return undefined;
      return {
        importing: { name: "ECDSA", namedCurve: algorithm.curve },
        signing: { name: "ECDSA", hash: scheme.hash },
      };
    case "rsa-pkcs1":
      if (algorithm.kind !== "rsa") return undefined;
      return {
        importing: { name: "RSASSA-PKCS1-v1_5", hash: scheme.hash },
        signing: { name: "RSASSA-PKCS1-v1_5" },
      };
    case "rsa-pss":
      if (algorithm.kind !== "rsa-pss" && algorithm.kind !== "rsa") return undefined;
      return {
        importing: { name: "RSA-PSS", hash: scheme.hash },
        signing: { name: "RSA-PSS", saltLength: scheme.saltLength },
      };
    case "ed25519":
      if (algorithm.kind !== "ed25519") return undefined;
      return { importing: { name: "Ed25519" }, signing: { name: "Ed25519" } };
  }
}

/**
 * Makes a key that verifies.
 *
 * @throws DOMException, TypeError where the bytes are no key: not a point of its curve, for one.
 */
export async function importPublicKey(
  key: PublicKey,
  algorithm: ImportAlgorithm,
): Promise<CryptoKey> {
  // WebCrypto knows no keys for RSASSA-PSS alone: it is given an RSA key, and told to use it for PSS.
  const spki = key.algorithm.kind === "rsa-pss"
    ? sequence(rsaIdentifier(), bitString(key.bytes))
    : key.der;
  return await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
}

/**
 * The same public key with both coordinates of its point (SEC 1 2.3.3), if it is an EC key with one alone.
 *
 * @returns `undefined` if no point of the curve has that coordinate.
 */
export async function uncompressed(key: PublicKey): Promise<PublicKey | undefined> {
  const { algorithm, bytes } = key;
  if (algorithm.kind !== "ec" || bytes[0] === 4) return key;
  const importing = { name: "ECDSA", namedCurve: algorithm.curve };
  try {
    const imported = await crypto.subtle.importKey("spki", key.der, importing, true, ["verify"]);
    return readPublicKeyInfo(new Uint8Array(await crypto.subtle.exportKey("spki", imported)));
  } catch {
    return undefined;
  }
}

/**
 * Makes a key that signs.
 *
 * @throws DOMException, TypeError where the bytes are no key: a public half that is another's, for one.
 */
export async function importPrivateKey(
  key: PrivateKey,
  algorithm: ImportAlgorithm,
): Promise<CryptoKey> {
  const pkcs8 = key.algorithm.kind === "rsa-pss"
    ? sequence(integer(0n), rsaIdentifier(), octetString(innerKey(key.pkcs8)))
    : key.pkcs8;
  return await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
}

function rsaIdentifier(): Bytes {
  return sequence(objectIdentifier(keyOid.rsa), nullValue());
}

/** The privateKey of a PrivateKeyInfo. */
function innerKey(pkcs8: Bytes): Bytes {
  return readWhole(pkcs8, tag.sequence, (parts) => {
    readSmallInteger(parts);
    readAlgorithmIdentifier(parts);
    const octets = readOctetString(parts);
    while (!parts.isAtEnd()) parts.next();
    return octets;
  });
}
