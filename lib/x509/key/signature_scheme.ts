/** Signature schemes with all their parameters: reads and writes them as AlgorithmIdentifier. */
import {
  type AlgorithmIdentifier,
  hasNullParameters,
  readAlgorithmIdentifier,
} from "./algorithm.ts";
import {
  type Bytes,
  constructedContextTag,
  type DerReader,
  hashOid,
  ifDer,
  keyOid,
  mgf1Oid,
  nullValue,
  objectIdentifier,
  readInside,
  readObjectIdentifier,
  readSmallInteger,
  sequence,
  signatureOid,
  tag,
} from "../encoding/mod.ts";

/** The hash functions that signatures may use, by their WebCrypto names. */
type Hash = keyof typeof hashOid;

const hashes = Object.keys(hashOid) as readonly Hash[];

/** A signature scheme: algorithm and parameters. */
export type SignatureScheme =
  | { readonly kind: "ecdsa"; readonly hash: Hash }
  | { readonly kind: "rsa-pkcs1"; readonly hash: Hash }
  | { readonly kind: "rsa-pss"; readonly hash: Hash; readonly saltLength: number }
  | { readonly kind: "ed25519" };

/**
 * The scheme that an AlgorithmIdentifier names; `undefined` if it is broken (MD5, SHA-1) or unknown, or if
 * its parameters do not fit.
 */
export function schemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  if (algorithm.oid === keyOid.rsaPss) return pssSchemeOf(algorithm);
  const scheme = schemesByOid.get(algorithm.oid);
  // RFC 4055 5: for RSA, both NULL and absent parameters must be accepted. RFC 5758 3.2 requires them absent
  // for ECDSA, but Mbed TLS has written NULL and OpenSSL accepts it. OpenSSL accepts none for Ed25519.
  const mayBeNull = scheme?.kind === "rsa-pkcs1" || scheme?.kind === "ecdsa";
  const isNull = mayBeNull && hasNullParameters(algorithm);
  return algorithm.parameters === undefined || isNull ? scheme : undefined;
}

/** A signature scheme that its OBJECT IDENTIFIER describes completely. */
export type PlainScheme = Exclude<SignatureScheme, { kind: "rsa-pss" }>;

const schemesByOid: ReadonlyMap<string, PlainScheme> = new Map<string, PlainScheme>([
  ...(["ecdsa", "rsa-pkcs1"] as const).flatMap((kind) =>
    hashes.map((hash) => [signatureOid[kind][hash], { kind, hash }] as const)
  ),
  [keyOid.ed25519, { kind: "ed25519" }],
]);

/**
 * Encodes a scheme as DER AlgorithmIdentifier. The parameters are NULL for RSA (RFC 4055 5), and absent for
 * the others (RFC 5758 3.2, RFC 8410 3).
 */
export function encodeScheme(scheme: PlainScheme): Bytes {
  const oid = scheme.kind === "ed25519" ? keyOid.ed25519 : signatureOid[scheme.kind][scheme.hash];
  return scheme.kind === "rsa-pkcs1"
    ? sequence(objectIdentifier(oid), nullValue())
    : sequence(objectIdentifier(oid));
}

/** Reads RSASSA-PSS-params (RFC 4055 3.1). The defaults use SHA-1, so hash and mask must be given. */
function pssSchemeOf({ parameters }: AlgorithmIdentifier): SignatureScheme | undefined {
  if (parameters?.identifier !== tag.sequence) return undefined;
  return ifDer(() => readInside(parameters, readPssParameters));
}

function readPssParameters(parts: DerReader): SignatureScheme | undefined {
  const hash = readExplicit(parts, 0, readHash);
  const maskHash = readExplicit(parts, 1, readMask);
  const saltLength = readExplicit(parts, 2, readSmallInteger) ?? 20;
  const trailer = readExplicit(parts, 3, readSmallInteger) ?? 1;
  // WebCrypto always uses the same hash for the mask and the signature.
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

/** Reads MGF1 and its hash (RFC 4055 2.2). */
function readMask(reader: DerReader): Hash | undefined {
  return reader.inside(
    tag.sequence,
    (parts) => readObjectIdentifier(parts) === mgf1Oid ? readHash(parts) : undefined,
  );
}
