/** Keys that sign certificates, CRLs and requests, and the sources of such keys. */
import { encodeEcdsaSignature } from "./ecdsa_signature.ts";
import { type KeyKind, keyKinds, schemeFor } from "./kinds.ts";
import type { PrivateKey } from "./private_key.ts";
import type { PublicKey, UsableKeyAlgorithm } from "./public_key.ts";
import { encodeScheme } from "./signature_scheme.ts";
import { importPrivateKey, type SigningTerms, termsOf } from "./web_crypto.ts";
import { type Bytes, keyOid, nameOfOid } from "../encoding/mod.ts";
import { BadPrivateKeyError, UnsupportedKeyError } from "../errors.ts";

/** A private key that can sign. The key itself is not accessible, so that it may be kept in hardware. */
export interface Signer {
  readonly algorithm: {
    /** The algorithm of the key. */
    readonly key: UsableKeyAlgorithm;
    /** DER AlgorithmIdentifier of its signatures. */
    readonly signature: Bytes;
  };
  /** DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
  readonly publicKey: Bytes;
  /**
   * Signs data.
   *
   * @returns the signature as X.509 stores it in a BIT STRING: for ECDSA a DER `Ecdsa-Sig-Value` (RFC 3279
   * 2.2.3), for RSA the PKCS #1 v1.5 block (RFC 4055 5), for Ed25519 the 64 bytes (RFC 8410 6).
   */
  sign(data: Bytes): Promise<Bytes>;
}

/** A newly generated key: it can sign, and can be written to a file. */
export interface GeneratedKey extends Signer {
  /** DER PrivateKeyInfo, unencrypted (RFC 5958). Secret. */
  readonly pkcs8: Bytes;
}

/** Generates and loads keys: WebCrypto, or in tests a source with reproducible keys and signatures. */
export interface KeySource {
  /** Generates a key. */
  generate(kind: KeyKind): Promise<GeneratedKey>;
  /**
   * Makes a signer from a private key that was read.
   *
   * @param publicKey the public key that belongs to it, from the certificate.
   * @throws UnsupportedKeyError for a key restricted to RSASSA-PSS; BadPrivateKeyError if the key is well
   * formed but invalid.
   */
  load(key: PrivateKey, publicKey: PublicKey): Promise<Signer>;
}

/** Keys of WebCrypto, which signs in threads of its own. */
export const webCryptoKeys: KeySource = {
  async generate(kind) {
    const { algorithm } = keyKinds[kind];
    const { importing } = signingTermsOf(algorithm);
    // RFC 8017 3.1 does not fix the exponent; 65537 (F4) is the usual one.
    const parameters = algorithm.kind === "rsa"
      ? { ...importing, modulusLength: algorithm.bits, publicExponent: Uint8Array.of(1, 0, 1) }
      : importing;
    const usages: KeyUsage[] = ["sign", "verify"];
    const pair = await crypto.subtle.generateKey(parameters, true, usages) as CryptoKeyPair;
    const [pkcs8, publicKey] = await Promise.all([
      crypto.subtle.exportKey("pkcs8", pair.privateKey),
      crypto.subtle.exportKey("spki", pair.publicKey),
    ]);
    return {
      ...toSigner(pair.privateKey, algorithm, new Uint8Array(publicKey)),
      pkcs8: new Uint8Array(pkcs8),
    };
  },
  async load(key, publicKey) {
    const { importing } = signingTermsOf(key.algorithm);
    const imported = await importPrivateKey(key, importing).catch((cause) => {
      throw new BadPrivateKeyError("not-of-its-algorithm", { cause });
    });
    return toSigner(imported, key.algorithm, publicKey.der);
  },
};

/**
 * WebCrypto's parameters for signing with keys of this algorithm.
 *
 * @throws UnsupportedKeyError for RSASSA-PSS.
 */
export function signingTermsOf(algorithm: UsableKeyAlgorithm): SigningTerms & {
  /** DER AlgorithmIdentifier. */
  readonly signature: Bytes;
} {
  const scheme = schemeFor(algorithm);
  const terms = scheme && termsOf(scheme, algorithm);
  if (scheme === undefined || terms === undefined) {
    throw new UnsupportedKeyError({ kind: "algorithm", name: nameOfOid(keyOid.rsaPss) });
  }
  return { ...terms, signature: encodeScheme(scheme) };
}

function toSigner(privateKey: CryptoKey, key: UsableKeyAlgorithm, publicKey: Bytes): Signer {
  const { signing, signature } = signingTermsOf(key);
  return {
    algorithm: { key, signature },
    publicKey,
    async sign(data) {
      const signed = new Uint8Array(await crypto.subtle.sign(signing, privateKey, data));
      return key.kind === "ec" ? encodeEcdsaSignature(signed) : signed;
    },
  };
}
