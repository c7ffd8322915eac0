import {
  bitString,
  type Bytes,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
} from "../encoding/der_writer.ts";
import { readAlgorithmIdentifier } from "./algorithm.ts";
import { readWhole, tag } from "../encoding/der_reader.ts";
import { readOctetString, readSmallInteger } from "../encoding/der_values.ts";
import { keyOid } from "../encoding/oids.ts";
import type { PrivateKey } from "./private_key.ts";
import type { PublicKey } from "./public_key.ts";

/** How keys are handed to WebCrypto, and in which form. */

/** What WebCrypto is told about a key that it imports. */
export type ImportAlgorithm = EcKeyImportParams | RsaHashedImportParams | Algorithm;

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
