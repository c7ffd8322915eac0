/** Verifies the signatures of certificates, requests and CRLs. */
import {
  type AlgorithmIdentifier,
  importPublicKey,
  type KeyAlgorithm,
  type PublicKey,
  rawEcdsaSignature,
  rsaLimits,
  schemeOf,
  type SignatureScheme,
  type SigningTerms,
  termsOf,
} from "../key/mod.ts";
import { namesEqual } from "../name/mod.ts";
import type { Certificate } from "../read/mod.ts";
import { type Bytes, keyOid, nameOfOid } from "../encoding/mod.ts";
import {
  BadSignatureError,
  RefusedSignatureAlgorithmError,
  UnusableIssuerKeyError,
} from "./chain_errors.ts";

/** Something signed: a certificate, a request or a CRL. */
export interface Signed {
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/** The result of verifying a signature. `refused`: its algorithm is broken or unknown. */
export type Verdict =
  | { readonly is: "good" }
  | { readonly is: "bad"; readonly cause?: unknown }
  | { readonly is: "refused" }
  | { readonly is: "unusable-key"; readonly cause?: unknown };

/**
 * Verifies that a signature was made with the private key of `key`.
 *
 * Supports ECDSA on P-256, P-384 and P-521, RSA (PKCS#1 v1.5 and PSS) with 2048 to 4096 bits, each with
 * SHA-256, SHA-384 or SHA-512, and Ed25519.
 */
export async function judgeSignature(signed: Signed, key: PublicKey): Promise<Verdict> {
  const scheme = schemeOf(signed.signatureAlgorithm);
  if (scheme === undefined) return { is: "refused" };
  if (!isUsable(key.algorithm)) return { is: "unusable-key" };
  const plan = verificationPlan(scheme, key, signed.signature);
  if (plan === undefined) return { is: "bad" };
  let verifier: CryptoKey;
  try {
    verifier = await importPublicKey(key, plan.importing);
  } catch (cause) {
    return { is: "unusable-key", cause };
  }
  try {
    const { signing, signature } = plan;
    const isGood = await crypto.subtle.verify(signing, verifier, signature, signed.tbs);
    return { is: isGood ? "good" : "bad" };
  } catch (cause) {
    return { is: "bad", cause };
  }
}

/** Whether a signature was made with the private key of `issuer`, as {@linkcode judgeSignature} says. */
export async function isSignedBy(
  signed: Signed,
  { subjectPublicKeyInfo }: Pick<Certificate, "subjectPublicKeyInfo">,
): Promise<boolean> {
  return (await judgeSignature(signed, subjectPublicKeyInfo)).is === "good";
}

/** Whether one of these has issued a certificate, by name and signature. Checks nothing else. */
export async function isIssuedByOneOf(
  certificate: Certificate,
  issuers: readonly Certificate[],
): Promise<boolean> {
  for (const issuer of issuers) {
    if (!namesEqual(certificate.issuer, issuer.subject)) continue;
    if (await isSignedBy(certificate, issuer)) return true;
  }
  return false;
}

/**
 * Verifies that `issuer`'s key has signed `certificate`, as {@linkcode judgeSignature} does. Checks nothing
 * else: no names, dates or extensions.
 *
 * @throws RefusedSignatureAlgorithmError, UnusableIssuerKeyError, BadSignatureError
 */
export async function verifySignature(
  certificate: Certificate,
  issuer: Certificate,
): Promise<void> {
  const verdict = await judgeSignature(certificate, issuer.subjectPublicKeyInfo);
  switch (verdict.is) {
    case "good":
      return;
    case "bad":
      throw new BadSignatureError(certificate, issuer, { cause: verdict.cause });
    case "refused": {
      const { oid } = certificate.signatureAlgorithm;
      throw new RefusedSignatureAlgorithmError(certificate, nameOfOid(oid));
    }
    case "unusable-key":
      throw new UnusableIssuerKeyError(issuer, { cause: verdict.cause });
  }
}

function isUsable(algorithm: KeyAlgorithm): boolean {
  if (algorithm.kind === "other") return false;
  return !("bits" in algorithm) ||
    (algorithm.bits >= rsaLimits.minimum && algorithm.bits <= rsaLimits.maximum);
}

interface VerificationPlan extends SigningTerms {
  readonly signature: Bytes;
}

/** WebCrypto's parameters for verifying a signature; `undefined` if the key cannot make such signatures. */
function verificationPlan(
  scheme: SignatureScheme,
  { algorithm, identifier }: PublicKey,
  signature: Bytes,
): VerificationPlan | undefined {
  const terms = termsOf(scheme, algorithm);
  if (terms === undefined) return undefined;
  if (scheme.kind === "rsa-pss" && !allowsPss(identifier, scheme)) return undefined;
  const raw = algorithm.kind === "ec" ? rawEcdsaSignature(signature, algorithm.curve) : signature;
  return raw && { ...terms, signature: raw };
}

/** RFC 4055 3.3: if an RSASSA-PSS key has parameters, they restrict its signatures. */
function allowsPss(
  identifier: AlgorithmIdentifier,
  scheme: SignatureScheme & { readonly kind: "rsa-pss" },
): boolean {
  if (identifier.oid !== keyOid.rsaPss || identifier.parameters === undefined) return true;
  const bound = schemeOf(identifier);
  return bound?.kind === "rsa-pss" && bound.hash === scheme.hash &&
    scheme.saltLength >= bound.saltLength;
}
