/** Reads private keys from the DER of PKCS#8, SEC1 and PKCS#1. */
import { rsaLimits } from "./kinds.ts";
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm.ts";
import {
  type Bytes,
  bytesOfBitString,
  constructedContextTag,
  contextTag,
  DerReader,
  type DerValue,
  integer,
  keyOid,
  nameOfOid,
  nullValue,
  objectIdentifier,
  octetString,
  readBitStringBytes,
  readInside,
  readOctetString,
  readSmallInteger,
  readWhole,
  sequence,
  tag,
} from "../encoding/mod.ts";
import { BadDerError, BadPrivateKeyError, UnsupportedKeyError, WeakKeyError } from "../errors.ts";
import { readRsaFields } from "./rsa_private_key.ts";
import {
  algorithmOf,
  type Curve,
  curveOf,
  fieldBytes,
  type KeyAlgorithm,
  type UsableKeyAlgorithm,
} from "./public_key.ts";

/** A private key that certswap can use. Secret: never shown, not even in part. */
export interface PrivateKey {
  readonly algorithm: UsableKeyAlgorithm;
  /** PrivateKeyInfo (RFC 5208), or OneAsymmetricKey (RFC 5958): DER. */
  readonly pkcs8: Bytes;
}

/**
 * Reads PKCS#8: PrivateKeyInfo (RFC 5208) or OneAsymmetricKey (RFC 5958).
 *
 * @throws TruncatedDerError, BadDerError, BadPrivateKeyError, UnsupportedKeyError, WeakKeyError
 */
export function readPkcs8(der: Bytes): PrivateKey {
  return readWhole(der, tag.sequence, (parts) => {
    const version = readSmallInteger(parts);
    const identifier = readAlgorithmIdentifier(parts);
    const octets = parts.next(tag.octetString);
    parts.optional(constructedContextTag(0)); // attributes: no known software writes any that matter
    const publicKey = version === 1 ? parts.optional(contextTag(1)) : undefined;
    if (version > 1) throw new BadPrivateKeyError("pkcs8-version");
    if (publicKey) bytesOfBitString(publicKey);
    const algorithm = usable(algorithmOf(identifier, () => readInside(octets, readRsaBits)));
    if (algorithm.kind === "ec") {
      return { algorithm, pkcs8: withFullLengthKey(der, { octets, identifier, algorithm }) };
    }
    if (algorithm.kind === "ed25519" && readInside(octets, readOctetString).length !== 32) {
      // RFC 8410 7
      throw new BadPrivateKeyError("ed25519-key-length");
    }
    return { algorithm, pkcs8: der };
  });
}

/**
 * Reads SEC1: ECPrivateKey (RFC 5915), as `openssl ecparam -genkey` writes it.
 *
 * @param parameters the DER of the `EC PARAMETERS` block before the key, if any. It names the curve if the
 * key itself does not.
 * @throws TruncatedDerError, BadDerError, BadPrivateKeyError, UnsupportedKeyError
 */
export function readSec1(der: Bytes, parameters: Bytes | undefined): PrivateKey {
  const inner = readWhole(der, tag.sequence, readEcFields).parameters;
  const outer = parameters && readParameters(parameters);
  const named = inner ?? outer;
  if (named === undefined) throw new BadPrivateKeyError("ec-key-without-curve");
  const algorithm = curveOf(named);
  if (algorithm.kind === "other") throw unsupported(algorithm.oid);
  if (outer && curveNameOf(outer) !== algorithm.curve) {
    throw new BadPrivateKeyError("ec-parameters-of-another-curve");
  }
  const pkcs8 = sequence(
    integer(0n),
    sequence(objectIdentifier(keyOid.ec), named.der),
    octetString(der),
  );
  return readPkcs8(pkcs8);
}

/**
 * Reads PKCS#1: RSAPrivateKey (RFC 8017 A.1.2).
 *
 * @throws TruncatedDerError, BadDerError, BadPrivateKeyError, WeakKeyError
 */
export function readPkcs1(der: Bytes): PrivateKey {
  // Also read here, so that errors give offsets within the file.
  readWhole(der, tag.sequence, readRsaFields);
  return readPkcs8(sequence(
    integer(0n),
    sequence(objectIdentifier(keyOid.rsa), nullValue()),
    octetString(der),
  ));
}

function usable(algorithm: KeyAlgorithm): UsableKeyAlgorithm {
  if (algorithm.kind === "other") throw unsupported(algorithm.oid);
  if ("bits" in algorithm) {
    const { bits } = algorithm;
    if (bits < rsaLimits.minimum) throw new WeakKeyError(bits, rsaLimits.minimum);
    if (bits > rsaLimits.maximum) throw new UnsupportedKeyError({ kind: "long-rsa", bits });
  }
  return algorithm;
}

/** @param oid of an algorithm or a curve; `keyOid.ec` for a curve without a name. */
function unsupported(oid: string): UnsupportedKeyError {
  return new UnsupportedKeyError(
    oid === keyOid.ec ? { kind: "unnamed-curve" } : { kind: "algorithm", name: nameOfOid(oid) },
  );
}

function readRsaBits(reader: DerReader): number {
  return reader.inside(tag.sequence, readRsaFields);
}

interface EcFields {
  readonly privateKey: Bytes;
  readonly parameters: DerValue | undefined;
  /** What follows the key, as encoded. */
  readonly others: readonly Bytes[];
}

/** The fields of ECPrivateKey. */
function readEcFields(parts: DerReader): EcFields {
  if (readSmallInteger(parts) !== 1) throw new BadPrivateKeyError("not-an-ec-key");
  const privateKey = readOctetString(parts);
  const parameters = parts.optional(constructedContextTag(0));
  const publicKey = parts.optional(constructedContextTag(1));
  if (publicKey) readInside(publicKey, readBitStringBytes);
  return {
    privateKey,
    parameters: parameters && readInside(parameters, (inner) => inner.next()),
    others: [parameters, publicKey].flatMap((value) => value === undefined ? [] : [value.der]),
  };
}

/** The parts of a PKCS#8 EC key. */
interface EcPkcs8 {
  /** The ECPrivateKey. Its own parameters must not contradict the identifier. */
  readonly octets: DerValue;
  readonly identifier: AlgorithmIdentifier;
  readonly algorithm: { readonly curve: Curve };
}

/**
 * The PKCS#8 of an EC key whose private value has as many bytes as the order of the curve (RFC 5915 3).
 * GnuTLS writes it as an INTEGER: with a leading zero byte, or without leading zeros. OpenSSL reads that,
 * WebCrypto does not.
 */
function withFullLengthKey(pkcs8: Bytes, { octets, identifier, algorithm }: EcPkcs8): Bytes {
  const { curve } = algorithm;
  const fields = readInside(octets, (reader) => reader.inside(tag.sequence, readEcFields));
  if (fields.parameters && curveNameOf(fields.parameters) !== curve) {
    throw new BadPrivateKeyError("ec-key-of-two-curves");
  }
  const size = fieldBytes[curve];
  if (fields.privateKey.length === size) return pkcs8;
  const excess = Math.max(0, fields.privateKey.length - size);
  if (fields.privateKey.subarray(0, excess).some((byte) => byte !== 0)) {
    throw new BadPrivateKeyError("ec-key-length");
  }
  const number = fields.privateKey.subarray(excess);
  const padded = new Uint8Array(size);
  padded.set(number, size - number.length);
  const key = sequence(integer(1n), octetString(padded), ...fields.others);
  return sequence(integer(0n), identifier.der, octetString(key));
}

function curveNameOf(parameters: DerValue): Curve | undefined {
  const algorithm = curveOf(parameters);
  return algorithm.kind === "ec" ? algorithm.curve : undefined;
}

function readParameters(der: Bytes): DerValue {
  const reader = new DerReader(der);
  const value = reader.next();
  reader.end();
  if (value.identifier !== tag.objectIdentifier && value.identifier !== tag.sequence) {
    throw new BadDerError(value.offset, "ec-parameters");
  }
  return value;
}
