import {
  type AlgorithmIdentifier,
  hasNullParameters,
  readAlgorithmIdentifier,
} from "./algorithm.ts";
import type { Certificate } from "./certificate.ts";
import { constructedContextTag, type DerReader, readInside, readWhole, tag } from "./der.ts";
import {
  readObjectIdentifier,
  readSmallInteger,
  readUnsigned,
  withoutSignByte,
} from "./der_values.ts";
import type { Bytes } from "./der_writer.ts";
import {
  BadSignatureError,
  RefusedSignatureAlgorithmError,
  UnusableIssuerKeyError,
} from "./errors.ts";
import { nameOfOid } from "./object_identifiers.ts";
import { minimumRsaBits } from "./private_key.ts";
import { type Curve, fieldBytes, type KeyAlgorithm, type PublicKey } from "./public_key.ts";
import { type ImportAlgorithm, importPublicKey } from "./web_crypto.ts";

/** The hash functions that signatures may rest on. */
type Hash = "SHA-256" | "SHA-384" | "SHA-512";

/** A signature algorithm with all its parameters. */
type SignatureScheme =
  | { readonly kind: "ecdsa"; readonly hash: Hash }
  | { readonly kind: "rsa-pkcs1"; readonly hash: Hash }
  | { readonly kind: "rsa-pss"; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: "ed25519" };

/** What is signed, and how: a certificate, a request, or a CRL. */
export interface Signed {
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/** What came of verifying a signature; `refused`: its algorithm is broken, or not known here. */
export type Verdict =
  | { readonly is: "good" }
  | { readonly is: "bad"; readonly cause?: unknown }
  | { readonly is: "refused" }
  | { readonly is: "unusable-key"; readonly cause?: unknown };

/**
 * Verifies that the private half of `key` has signed.
 *
 * Taken are ECDSA on P-256, P-384 and P-521, RSA (PKCS#1 v1.5 and PSS) of 2048 bits and more, each
 * with SHA-256, SHA-384 or SHA-512, and Ed25519.
 *
 * @throws BadDerError where the algorithm's parameters are not DER.
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
    const { verifying, signature } = plan;
    const isGood = await crypto.subtle.verify(verifying, verifier, signature, signed.tbs);
    return { is: isGood ? "good" : "bad" };
  } catch (cause) {
    return { is: "bad", cause };
  }
}

/**
 * Verifies that `issuer`'s key has signed `certificate`, as {@linkcode judgeSignature} does. Names,
 * dates and rights are somebody else's matter.
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

/** OpenSSL and Go verify no longer ones either: the work grows with the square of the length. */
const maximumRsaBits = 16384;

function isUsable(algorithm: KeyAlgorithm): boolean {
  if (algorithm.kind === "other") return false;
  return !("bits" in algorithm) ||
    (algorithm.bits >= minimumRsaBits && algorithm.bits <= maximumRsaBits);
}

interface VerificationPlan {
  readonly importing: ImportAlgorithm;
  readonly verifying: Algorithm | EcdsaParams | RsaPssParams;
  readonly signature: Bytes;
}

/** How WebCrypto verifies it; `undefined` where a key of this kind makes no such signature. */
function verificationPlan(
  scheme: SignatureScheme,
  { algorithm, identifier }: PublicKey,
  signature: Bytes,
): VerificationPlan | undefined {
  switch (scheme.kind) {
    case "ecdsa": {
      if (algorithm.kind !== "ec") return undefined;
      const raw = rawEcdsaSignature(signature, algorithm.curve);
      return raw && {
        importing: { name: "ECDSA", namedCurve: algorithm.curve },
        verifying: { name: "ECDSA", hash: scheme.hash },
        signature: raw,
      };
    }
    case "rsa-pkcs1":
      if (algorithm.kind !== "rsa") return undefined;
      return {
        importing: { name: "RSASSA-PKCS1-v1_5", hash: scheme.hash },
        verifying: { name: "RSASSA-PKCS1-v1_5" },
        signature,
      };
    case "rsa-pss":
      if (algorithm.kind !== "rsa-pss" && algorithm.kind !== "rsa") return undefined;
      if (!allowsPss(identifier, scheme)) return undefined;
      return {
        importing: { name: "RSA-PSS", hash: scheme.hash },
        verifying: { name: "RSA-PSS", saltLength: scheme.saltLength },
        signature,
      };
    case "ed25519":
      if (algorithm.kind !== "ed25519") return undefined;
      return { importing: { name: "Ed25519" }, verifying: { name: "Ed25519" }, signature };
  }
}

/** Ecdsa-Sig-Value (RFC 3279 2.2.3) as WebCrypto wants it: both numbers, each as long as the curve's field. */
function rawEcdsaSignature(der: Bytes, curve: Curve): Bytes | undefined {
  const size = fieldBytes[curve];
  const raw = new Uint8Array(2 * size);
  try {
    const [r, s] = readWhole(der, tag.sequence, (parts) => [
      withoutSignByte(readUnsigned(parts)),
      withoutSignByte(readUnsigned(parts)),
    ]);
    if (r === undefined || s === undefined || r.length > size || s.length > size) return undefined;
    raw.set(r, size - r.length);
    raw.set(s, 2 * size - s.length);
    return raw;
  } catch {
    return undefined;
  }
}

function schemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  if (algorithm.oid === rsaPssOid) return pssSchemeOf(algorithm);
  const scheme = schemes.get(algorithm.oid);
  // RFC 4055 5: of RSA both NULL and nothing must be taken; the others have no parameters.
  const isNull = scheme?.kind === "rsa-pkcs1" && hasNullParameters(algorithm);
  return algorithm.parameters === undefined || isNull ? scheme : undefined;
}

const rsaPssOid = "1.2.840.113549.1.1.10";

const schemes: ReadonlyMap<string, SignatureScheme> = new Map<string, SignatureScheme>([
  ["1.2.840.10045.4.3.2", { kind: "ecdsa", hash: "SHA-256" }],
  ["1.2.840.10045.4.3.3", { kind: "ecdsa", hash: "SHA-384" }],
  ["1.2.840.10045.4.3.4", { kind: "ecdsa", hash: "SHA-512" }],
  ["1.2.840.113549.1.1.11", { kind: "rsa-pkcs1", hash: "SHA-256" }],
  ["1.2.840.113549.1.1.12", { kind: "rsa-pkcs1", hash: "SHA-384" }],
  ["1.2.840.113549.1.1.13", { kind: "rsa-pkcs1", hash: "SHA-512" }],
  ["1.3.101.112", { kind: "ed25519" }],
]);

const hashes: ReadonlyMap<string, Hash> = new Map<string, Hash>([
  ["2.16.840.1.101.3.4.2.1", "SHA-256"],
  ["2.16.840.1.101.3.4.2.2", "SHA-384"],
  ["2.16.840.1.101.3.4.2.3", "SHA-512"],
]);

interface PssScheme {
  readonly kind: "rsa-pss";
  readonly hash: Hash;
  readonly saltLength: number;
}

/** RSASSA-PSS-params (RFC 4055 3.1). All its defaults rest on SHA-1, so that hash and mask must be given. */
function pssSchemeOf({ parameters }: AlgorithmIdentifier): PssScheme | undefined {
  if (parameters?.identifier !== tag.sequence) return undefined;
  return readInside(parameters, (parts) => {
    const hash = readExplicit(parts, 0, readHash);
    const maskHash = readExplicit(parts, 1, readMask);
    const saltLength = readExplicit(parts, 2, readSmallInteger) ?? 20;
    const trailer = readExplicit(parts, 3, readSmallInteger) ?? 1;
    // WebCrypto masks with the hash that it signs with.
    if (hash === undefined || maskHash !== hash || trailer !== 1) return undefined;
    return { kind: "rsa-pss", hash, saltLength };
  });
}

function readExplicit<T>(
  parts: DerReader,
  number: number,
  read: (reader: DerReader) => T,
): T | undefined {
  const value = parts.optional(constructedContextTag(number));
  return value && readInside(value, read);
}

function readHash(reader: DerReader): Hash | undefined {
  const algorithm = readAlgorithmIdentifier(reader);
  const isPlain = algorithm.parameters === undefined || hasNullParameters(algorithm);
  return isPlain ? hashes.get(algorithm.oid) : undefined;
}

/** MGF1 with its hash (RFC 4055 2.2). */
function readMask(reader: DerReader): Hash | undefined {
  return reader.inside(
    tag.sequence,
    (parts) => readObjectIdentifier(parts) === "1.2.840.113549.1.1.8" ? readHash(parts) : undefined,
  );
}

/** RFC 4055 3.3: the parameters of an RSASSA-PSS key, where it has any, bind its signatures. */
function allowsPss(identifier: AlgorithmIdentifier, scheme: PssScheme): boolean {
  if (identifier.oid !== rsaPssOid || identifier.parameters === undefined) return true;
  const bound = pssSchemeOf(identifier);
  return bound !== undefined && bound.hash === scheme.hash && scheme.saltLength >= bound.saltLength;
}
