/** Checks whether a private key and a certificate belong together, and writes both to one file. */
import type { Certificate, CertificateChain } from "../read/mod.ts";
import { BadCertificateError, BadPrivateKeyError } from "../errors.ts";
import { writePem } from "../encoding/mod.ts";
import {
  algorithmsEqual,
  importPrivateKey,
  importPublicKey,
  type PrivateKey,
  type SigningTerms,
  signingTermsOf,
  type UsableKeyAlgorithm,
} from "../key/mod.ts";

/**
 * Whether `key` is the private key of a certificate or request. Signs 32 random bytes with the private key,
 * and verifies the signature with the public key.
 *
 * @throws BadPrivateKeyError, BadCertificateError if one of the keys is well formed but invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   createRequest,
 *   encodeDistinguishedName,
 *   proveKeyBelongs,
 *   readPrivateKeyFile,
 *   readRequest,
 *   webCryptoKeys,
 *   writePem,
 * } from "../mod.ts";
 *
 * const [key, other] = [
 *   await webCryptoKeys.generate("ecdsa-p256"),
 *   await webCryptoKeys.generate("ecdsa-p256"),
 * ];
 * const fields = { subject: encodeDistinguishedName("CN=a"), alternativeNames: undefined };
 * const request = readRequest(await createRequest(fields, key));
 * const [own, foreign] = [key, other].map(({ pkcs8 }) =>
 *   readPrivateKeyFile(new TextEncoder().encode(writePem("PRIVATE KEY", pkcs8)))
 * );
 * assert(own !== undefined && foreign !== undefined);
 * assert.equal(await proveKeyBelongs(own, request), true);
 * assert.equal(await proveKeyBelongs(foreign, request), false);
 * ```
 */
export async function proveKeyBelongs(
  key: PrivateKey,
  { subjectPublicKeyInfo }: Pick<Certificate, "subjectPublicKeyInfo">,
): Promise<boolean> {
  if (!algorithmsEqual(key.algorithm, subjectPublicKeyInfo.algorithm)) return false;
  const { importing, signing } = proofTerms(key.algorithm);
  const signer = await importPrivateKey(key, importing).catch((cause) => {
    throw new BadPrivateKeyError("not-of-its-algorithm", { cause });
  });
  const notAKey = (cause: unknown): never => {
    throw new BadCertificateError("public-key", { cause });
  };
  // Deno detects a point that is not on its curve only when it verifies with it.
  const verifier = await importPublicKey(subjectPublicKeyInfo, importing).catch(notAKey);
  const challenge = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign(signing, signer, challenge).catch((cause) => {
    throw new BadPrivateKeyError("cannot-sign", { cause });
  });
  return await crypto.subtle.verify(signing, verifier, signature, challenge).catch(notAKey);
}

/**
 * The content of a combined file for services that take a single file: key, leaf, chain.
 *
 * @returns PEM. Secret, because it contains the key.
 */
export function writeCombined(key: PrivateKey, { leaf, chain }: CertificateChain): Uint8Array {
  const certificates = [leaf, ...chain].map(({ der }) => writePem("CERTIFICATE", der));
  return new TextEncoder().encode(writePem("PRIVATE KEY", key.pkcs8) + certificates.join(""));
}

/** Any scheme will do that works with this algorithm. */
function proofTerms(algorithm: UsableKeyAlgorithm): SigningTerms {
  return algorithm.kind === "rsa-pss" ? pssTerms : signingTermsOf(algorithm);
}

const pssTerms: SigningTerms = {
  importing: { name: "RSA-PSS", hash: "SHA-256" },
  signing: { name: "RSA-PSS", saltLength: 32 },
};
