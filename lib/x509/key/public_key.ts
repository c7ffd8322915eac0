/** Reads public keys (SubjectPublicKeyInfo) and their algorithms. */
import {
  type AlgorithmIdentifier,
  hasNullParameters,
  readAlgorithmIdentifier,
} from "./algorithm.ts";
import {
  bitLength,
  type Bytes,
  bytesOfBitString,
  curveOid,
  DerReader,
  type DerValue,
  keyOid,
  objectIdentifierOf,
  readInside,
  readUnsigned,
  tag,
} from "../encoding/mod.ts";
import { BadDerError } from "../errors.ts";

/** A NIST curve, by its WebCrypto name. */
export type Curve = keyof typeof curveOid;

/** The algorithm of a key, with its curve or length. */
export type KeyAlgorithm =
  | { readonly kind: "ec"; readonly curve: Curve }
  | {
    readonly kind: "rsa";
    /** Length of the modulus. */
    readonly bits: number;
  }
  | {
    /** An RSA key restricted to RSASSA-PSS (RFC 4055 1.2). */
    readonly kind: "rsa-pss";
    readonly bits: number;
  }
  | { readonly kind: "ed25519" }
  | {
    readonly kind: "other";
    /** In dots: the algorithm or, for an unknown curve, the curve. */
    readonly oid: string;
  };

/** The algorithm of a key that certswap can use. */
export type UsableKeyAlgorithm = Exclude<KeyAlgorithm, { kind: "other" }>;

/** SubjectPublicKeyInfo (RFC 5280 4.1). */
export interface PublicKey {
  /** The complete SubjectPublicKeyInfo, in WebCrypto's format `spki`. */
  readonly der: Bytes;
  readonly algorithm: KeyAlgorithm;
  readonly identifier: AlgorithmIdentifier;
  /** The content of subjectPublicKey: a point or an RSAPublicKey. */
  readonly bytes: Bytes;
}

/** Reads a SubjectPublicKeyInfo. WebCrypto checks later whether the point is on the curve. */
export function readPublicKey(reader: DerReader): PublicKey {
  const value = reader.next(tag.sequence);
  return readInside(value, (parts) => {
    const identifier = readAlgorithmIdentifier(parts);
    const bitString = parts.next(tag.bitString);
    const bytes = bytesOfBitString(bitString);
    const offset = bitString.offset + bitString.der.length - bytes.length;
    const algorithm = algorithmOf(identifier, () => rsaBits(new DerReader(bytes, offset)));
    if (!isPlausible(algorithm, bytes)) throw new BadDerError(value.offset, "public-key");
    return { der: value.der, algorithm, identifier, bytes };
  });
}

/** Reads exactly one SubjectPublicKeyInfo. */
export function readPublicKeyInfo(der: Bytes): PublicKey {
  const reader = new DerReader(der);
  const key = readPublicKey(reader);
  reader.end();
  return key;
}

/**
 * The key algorithm that an AlgorithmIdentifier names, for public and private keys.
 *
 * @param bits returns the length of an RSA modulus, which is not part of the identifier.
 * @throws BadDerError if the parameters do not fit the algorithm.
 */
export function algorithmOf(identifier: AlgorithmIdentifier, bits: () => number): KeyAlgorithm {
  const { oid, parameters } = identifier;
  switch (oid) {
    case keyOid.ec:
      return curveOf(parameters);
    case keyOid.rsa:
      if (!hasNullParameters(identifier)) break;
      return { kind: "rsa", bits: bits() };
    case keyOid.rsaPss:
      return { kind: "rsa-pss", bits: bits() };
    case keyOid.ed25519:
      if (parameters !== undefined) break;
      return { kind: "ed25519" };
    default:
      return { kind: "other", oid };
  }
  throw new BadDerError(parameters?.offset ?? 0, "key-parameters");
}

/** Reads the curve from ECParameters (RFC 5480 2.1.1). Only named curves are supported. */
export function curveOf(
  parameters: DerValue | undefined,
): KeyAlgorithm & { readonly kind: "ec" | "other" } {
  if (parameters?.identifier !== tag.objectIdentifier) return { kind: "other", oid: keyOid.ec };
  const oid = objectIdentifierOf(parameters);
  const curve = curves.get(oid);
  return curve === undefined ? { kind: "other", oid } : { kind: "ec", curve };
}

const curves: ReadonlyMap<string, Curve> = new Map(
  Object.entries(curveOid).map(([curve, oid]) => [oid, curve as Curve]),
);

/** The size of a field element in bytes. */
export const fieldBytes: Readonly<Record<Curve, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/** RSAPublicKey (RFC 8017 A.1.1). */
function rsaBits(reader: DerReader): number {
  const bits = reader.inside(tag.sequence, (parts) => {
    const modulus = readUnsigned(parts);
    readUnsigned(parts);
    return bitLength(modulus);
  });
  reader.end();
  return bits;
}

function isPlausible(algorithm: KeyAlgorithm, bytes: Bytes): boolean {
  if (algorithm.kind === "ed25519") return bytes.length === 32;
  if (algorithm.kind !== "ec") return true;
  const size = fieldBytes[algorithm.curve];
  // SEC 1 2.3.3: 4 and both coordinates, or 2 or 3 and the first coordinate.
  return bytes[0] === 4
    ? bytes.length === 1 + 2 * size
    : (bytes[0] === 2 || bytes[0] === 3) && bytes.length === 1 + size;
}
