import {
  type AlgorithmIdentifier,
  hasNullParameters,
  readAlgorithmIdentifier,
} from "./algorithm.ts";
import {
  constructedContextTag,
  type DerReader,
  ifDer,
  readInside,
  tag,
} from "../encoding/der_reader.ts";
import { readObjectIdentifier, readSmallInteger } from "../encoding/der_values.ts";
import { keyOid } from "../encoding/oids.ts";

/** The hash functions that signatures may rest on, by WebCrypto's names. */
type Hash = "SHA-256" | "SHA-384" | "SHA-512";

/** A signature algorithm with all its parameters. */
export type SignatureScheme =
  | { readonly kind: "ecdsa"; readonly hash: Hash }
  | { readonly kind: "rsa-pkcs1"; readonly hash: Hash }
  | { readonly kind: "rsa-pss"; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: "ed25519" };

/**
 * The scheme that an AlgorithmIdentifier names; `undefined` where it is broken (MD5, SHA-1), not known
 * here, or has parameters that are none of its own.
 */
export function schemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  if (algorithm.oid === keyOid.rsaPss) return pssSchemeOf(algorithm);
  const scheme = schemes.get(algorithm.oid);
  // RFC 4055 5: of RSA both NULL and nothing must be taken; the others have no parameters.
  const isNull = scheme?.kind === "rsa-pkcs1" && hasNullParameters(algorithm);
  return algorithm.parameters === undefined || isNull ? scheme : undefined;
}

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

/** RSASSA-PSS-params (RFC 4055 3.1). All its defaults rest on SHA-1, so that hash and mask must be given. */
function pssSchemeOf({ parameters }: AlgorithmIdentifier): SignatureScheme | undefined {
  if (parameters?.identifier !== tag.sequence) return undefined;
  return ifDer(() => readInside(parameters, readPssParameters));
}

function readPssParameters(parts: DerReader): SignatureScheme | undefined {
  const hash = readExplicit(parts, 0, readHash);
  const maskHash = readExplicit(parts, 1, readMask);
  const saltLength = readExplicit(parts, 2, readSmallInteger) ?? 20;
  const trailer = readExplicit(parts, 3, readSmallInteger) ?? 1;
  // WebCrypto masks with the hash that it signs with.
  if (hash === undefined || maskHash !== hash || trailer !== 1) return undefined;
  return { kind: "rsa-pss", hash, saltLength };
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
