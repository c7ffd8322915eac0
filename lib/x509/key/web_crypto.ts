/** WebCrypto's parameters for importing keys, signing and verifying. */
import { readAlgorithmIdentifier } from "./algorithm.ts";
import type { PrivateKey } from "./private_key.ts";
import { type KeyAlgorithm, type PublicKey, readPublicKeyInfo } from "./public_key.ts";
import type { SignatureScheme } from "./signature_scheme.ts";
import {
  bitString,
  type Bytes,
  integer,
  keyOid,
  nullValue,
  objectIdentifier,
  octetString,
  readOctetString,
  readSmallInteger,
  readWhole,
  sequence,
  tag,
} from "../encoding/mod.ts";

/** WebCrypto's parameters for importing a key. */
type ImportAlgorithm = EcKeyImportParams | RsaHashedImportParams | Algorithm;

/** WebCrypto's parameters for importing a key and for its signatures. */
export interface SigningTerms {
  readonly importing: ImportAlgorithm;
  readonly signing: Algorithm | EcdsaParams | RsaPssParams;
}

/** The parameters for a scheme with a key; `undefined` if such a key cannot make such signatures. */
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
 * Imports a public key for verification.
 *
 * @throws DOMException, TypeError if the bytes are not a valid key, such as a point that is not on the curve.
 */
export async function importPublicKey(
  key: PublicKey,
  algorithm: ImportAlgorithm,
): Promise<CryptoKey> {
  // WebCrypto has no keys restricted to RSASSA-PSS: import it as an RSA key, to be used for PSS.
  const spki = key.algorithm.kind === "rsa-pss"
    ? sequence(rsaIdentifier(), bitString(key.bytes))
    : key.der;
  return await crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);
}

/**
 * The same key as an uncompressed point (SEC 1 2.3.3), if it is an EC key in compressed form.
 *
 * @returns `undefined` if the curve has no point with that coordinate.
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
 * Imports a private key for signing.
 *
 * @throws DOMException, TypeError if the bytes are not a valid key, such as a public part of another key.
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
