/** Signature algorithms with all their parameters, read and written as AlgorithmIdentifier. */
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
import { type Bytes, nullValue, objectIdentifier, sequence } from "../encoding/der_writer.ts";
import { hashOid, keyOid, mgf1Oid, signatureOid } from "../encoding/oids.ts";

/** The hash functions that signatures may rest on, by WebCrypto's names. */
type Hash = keyof typeof hashOid;

const hashes = Object.keys(hashOid) as readonly Hash[];

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
  const scheme = schemesByOid.get(algorithm.oid);
  // RFC 4055 5: of RSA both NULL and nothing must be taken. For ECDSA, RFC 5758 3.2 leaves them out, but Mbed
  // TLS has written NULL, and OpenSSL takes it. Ed25519 has no parameters, for OpenSSL as well.
  const mayBeNull = scheme?.kind === "rsa-pkcs1" || scheme?.kind === "ecdsa";
  const isNull = mayBeNull && hasNullParameters(algorithm);
  return algorithm.parameters === undefined || isNull ? scheme : undefined;
}

/** A signature algorithm that its OBJECT IDENTIFIER says all about. */
export type PlainScheme = Exclude<SignatureScheme, { kind: "rsa-pss" }>;

const schemesByOid: ReadonlyMap<string, PlainScheme> = new Map<string, PlainScheme>([
  ...(["ecdsa", "rsa-pkcs1"] as const).flatMap((kind) =>
    hashes.map((hash) => [signatureOid[kind][hash], { kind, hash }] as const)
  ),
  [keyOid.ed25519, { kind: "ed25519" }],
]);

/**
 * DER AlgorithmIdentifier of the signatures of a scheme. Its parameters are NULL for RSA (RFC 4055 5), and
 * left out for the others (RFC 5758 3.2, RFC 8410 3).
 */
export function encodeScheme(scheme: PlainScheme): Bytes {
  const oid = scheme.kind === "ed25519" ? keyOid.ed25519 : signatureOid[scheme.kind][scheme.hash];
  return scheme.kind === "rsa-pkcs1"
    ? sequence(objectIdentifier(oid), nullValue())
    : sequence(objectIdentifier(oid));
}

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
  return isPlain ? hashes.find((hash) => hashOid[hash] === algorithm.oid) : undefined;
}

/** MGF1 with its hash (RFC 4055 2.2). */
function readMask(reader: DerReader): Hash | undefined {
  return reader.inside(
    tag.sequence,
    (parts) => readObjectIdentifier(parts) === mgf1Oid ? readHash(parts) : undefined,
  );
}
