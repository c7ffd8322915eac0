import { type Bytes, nullValue, objectIdentifier, sequence } from "../encoding/der_writer.ts";
import { BadPrivateKeyError, UnsupportedKeyError } from "../errors.ts";
import type { PrivateKey } from "./private_key.ts";
import type { KeyAlgorithm, PublicKey } from "./public_key.ts";
import { encodeEcdsaSignature, type KeyType } from "./signer.ts";
import { importPrivateKey } from "./web_crypto.ts";

/** The kinds of key that certswap makes for a device. A CA of its own signs for the first two of them. */
export type RequestKeyType = KeyType | "ecdsa-p384" | "rsa-3072" | "rsa-4096" | "ed25519";

/** A key that a request is for, and signed with. */
export interface RequestKey {
  /** DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
  readonly publicKeyInfo: Bytes;
  /** DER AlgorithmIdentifier of the signatures that it makes. */
  readonly signatureAlgorithm: Bytes;
  /** @returns the signature as the BIT STRING of a request holds it. */
  sign(data: Bytes): Promise<Bytes>;
}

/** One just made, that can be written to a file. */
export interface NewRequestKey extends RequestKey {
  /** DER PrivateKeyInfo, unencrypted (RFC 5958). Secret. */
  readonly pkcs8: Bytes;
}

/** Where new keys come from: WebCrypto, or in tests a source that gives the same ones each time. */
export type RequestKeySource = (type: RequestKeyType) => Promise<NewRequestKey>;

/** Makes a key. */
export async function generateRequestKey(type: RequestKeyType): Promise<NewRequestKey> {
  const pair = await crypto.subtle.generateKey(generation[type], true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const [pkcs8, publicKeyInfo] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  return {
    pkcs8: new Uint8Array(pkcs8),
    ...signer(schemes[type], pair.privateKey, new Uint8Array(publicKeyInfo)),
  };
}

/**
 * A key that is there already, for another request.
 *
 * @param publicKey its public half: that of the certificate it belongs to.
 * @throws UnsupportedKeyError for a key for RSASSA-PSS alone; BadPrivateKeyError where it cannot be used.
 */
export async function toRequestKey(key: PrivateKey, publicKey: PublicKey): Promise<RequestKey> {
  const scheme = schemeOf(key.algorithm);
  const imported = await importPrivateKey(key, scheme.key).catch((cause) => {
    throw new BadPrivateKeyError("not a key of its algorithm", { cause });
  });
  return signer(scheme, imported, publicKey.der);
}

/** The kind that a public key is of; `undefined`: certswap makes none such. */
export function requestKeyTypeOf(algorithm: KeyAlgorithm): RequestKeyType | undefined {
  switch (algorithm.kind) {
    case "ec":
      return ({ "P-256": "ecdsa-p256", "P-384": "ecdsa-p384", "P-521": undefined } as const)[
        algorithm.curve
      ];
    case "rsa":
      return ([2048, 3072, 4096] as const).map((bits) => `rsa-${bits}` as const)
        .find((type) => type === `rsa-${algorithm.bits}`);
    case "ed25519":
      return "ed25519";
    default:
      return undefined;
  }
}

/** How a kind of key signs. */
interface Scheme {
  readonly key: Algorithm | EcKeyImportParams | RsaHashedImportParams;
  readonly signing: Algorithm | EcdsaParams;
  /** DER AlgorithmIdentifier. */
  readonly identifier: () => Bytes;
}

const ecdsa = (namedCurve: string, hash: string, oid: string): Scheme => ({
  key: { name: "ECDSA", namedCurve } as EcKeyImportParams,
  signing: { name: "ECDSA", hash } as EcdsaParams,
  identifier: () => sequence(objectIdentifier(oid)),
});

/** ecdsa-with-SHA256, -SHA384 and -SHA512 (RFC 5758 3.2). */
const curves = {
  "P-256": ecdsa("P-256", "SHA-256", "1.2.840.10045.4.3.2"),
  "P-384": ecdsa("P-384", "SHA-384", "1.2.840.10045.4.3.3"),
  "P-521": ecdsa("P-521", "SHA-512", "1.2.840.10045.4.3.4"),
};

/** sha256WithRSAEncryption (RFC 4055 5). */
const rsa: Scheme = {
  key: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as RsaHashedImportParams,
  signing: { name: "RSASSA-PKCS1-v1_5" },
  identifier: () => sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue()),
};

/** id-Ed25519 (RFC 8410 3). */
const ed25519: Scheme = {
  key: { name: "Ed25519" },
  signing: { name: "Ed25519" },
  identifier: () => sequence(objectIdentifier("1.3.101.112")),
};

const schemes: Readonly<Record<RequestKeyType, Scheme>> = {
  "ecdsa-p256": curves["P-256"],
  "ecdsa-p384": curves["P-384"],
  "rsa-2048": rsa,
  "rsa-3072": rsa,
  "rsa-4096": rsa,
  "ed25519": ed25519,
};

function schemeOf(algorithm: PrivateKey["algorithm"]): Scheme {
  switch (algorithm.kind) {
    case "ec":
      return curves[algorithm.curve];
    case "rsa":
      return rsa;
    case "ed25519":
      return ed25519;
    case "rsa-pss":
      throw new UnsupportedKeyError("RSASSA-PSS");
  }
}

const rsaGeneration = (modulusLength: number): RsaHashedKeyGenParams => ({
  ...rsa.key as RsaHashedImportParams,
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
});

const generation: Readonly<Record<RequestKeyType, Algorithm>> = {
  "ecdsa-p256": curves["P-256"].key,
  "ecdsa-p384": curves["P-384"].key,
  "rsa-2048": rsaGeneration(2048),
  "rsa-3072": rsaGeneration(3072),
  "rsa-4096": rsaGeneration(4096),
  "ed25519": ed25519.key,
};

function signer({ signing, identifier }: Scheme, key: CryptoKey, publicKeyInfo: Bytes): RequestKey {
  return {
    publicKeyInfo,
    signatureAlgorithm: identifier(),
    async sign(data) {
      const signature = new Uint8Array(await crypto.subtle.sign(signing, key, data));
      return signing.name === "ECDSA" ? encodeEcdsaSignature(signature) : signature;
    },
  };
}
