import {
  type Bytes,
  integer,
  nullValue,
  objectIdentifier,
  sequence,
} from "../encoding/der_writer.ts";

/** The kinds of key that certswap makes, and that its CA signs with and for. */
export type KeyType = "ecdsa-p256" | "rsa-2048";

/** A private key that can sign, with what a certificate says of it. The key itself cannot be taken out. */
export interface SigningKey {
  readonly type: KeyType;
  /** DER AlgorithmIdentifier of its signatures: that of {@linkcode signatureAlgorithmOf}. */
  readonly signatureAlgorithm: Bytes;
  /**
   * Signs with SHA-256.
   *
   * @returns the signature as X.509 holds it in its BIT STRING: for ECDSA a DER `Ecdsa-Sig-Value` (RFC 3279
   * 2.2.3), for RSA the PKCS #1 v1.5 block (RFC 4055 section 5).
   */
  sign(data: Bytes): Promise<Bytes>;
}

/** A key just made: it can sign, and be written to a file. */
export interface GeneratedKey extends SigningKey {
  /** DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
  readonly publicKeyInfo: Bytes;
  /** DER PrivateKeyInfo, unencrypted (RFC 5958). Secret. */
  readonly pkcs8: Bytes;
}

/** Where private keys come from: WebCrypto, or in tests a source that gives the same keys and signatures each time. */
export interface KeySource {
  generate(type: KeyType): Promise<GeneratedKey>;
  /**
   * @param pkcs8 DER PrivateKeyInfo, unencrypted.
   * @throws DOMException where it holds no key of this type.
   */
  load(type: KeyType, pkcs8: Bytes): Promise<SigningKey>;
}

/** Keys of WebCrypto, which signs on threads of its own. */
export const webCryptoKeys: KeySource = {
  async generate(type) {
    const pair = await crypto.subtle.generateKey(generation[type], true, ["sign", "verify"]);
    const [pkcs8, publicKeyInfo] = await Promise.all([
      crypto.subtle.exportKey("pkcs8", pair.privateKey),
      crypto.subtle.exportKey("spki", pair.publicKey),
    ]);
    return {
      ...toSigningKey(type, pair.privateKey),
      pkcs8: new Uint8Array(pkcs8),
      publicKeyInfo: new Uint8Array(publicKeyInfo),
    };
  },
  async load(type, pkcs8) {
    const parameters = generation[type];
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, parameters, false, ["sign"]);
    return toSigningKey(type, key);
  },
};

const generation = {
  "ecdsa-p256": { name: "ECDSA", namedCurve: "P-256" },
  "rsa-2048": {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
} as const;

function toSigningKey(type: KeyType, key: CryptoKey): SigningKey {
  switch (type) {
    case "ecdsa-p256":
      return {
        type,
        signatureAlgorithm: signatureAlgorithmOf(type),
        async sign(data) {
          const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, data);
          return encodeEcdsaSignature(new Uint8Array(raw));
        },
      };
    case "rsa-2048":
      return {
        type,
        signatureAlgorithm: signatureAlgorithmOf(type),
        sign: async (data) =>
          new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, data)),
      };
  }
}

/** The AlgorithmIdentifier of signatures by such a key: ecdsa-with-SHA256 (RFC 5758 3.2), sha256WithRSAEncryption (RFC 4055 5). */
export function signatureAlgorithmOf(type: KeyType): Bytes {
  switch (type) {
    case "ecdsa-p256":
      return sequence(objectIdentifier("1.2.840.10045.4.3.2"));
    case "rsa-2048":
      return sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue());
  }
}

/** From WebCrypto's form, r and s of equal length one after the other, to two INTEGERs. */
export function encodeEcdsaSignature(raw: Uint8Array): Bytes {
  const half = raw.length / 2;
  const number = (bytes: Uint8Array): Bytes => integer(BigInt(`0x${bytes.toHex()}`));
  return sequence(number(raw.subarray(0, half)), number(raw.subarray(half)));
}
