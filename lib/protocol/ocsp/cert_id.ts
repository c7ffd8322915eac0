/** CertID: how OCSP names a certificate (RFC 6960 4.1.1). */
import {
  type AlgorithmIdentifier,
  type Bytes,
  bytesEqual,
  type Certificate,
  type DerReader,
  hashOid,
  hasNullParameters,
  readAlgorithmIdentifier,
  readInside,
  readOctetString,
  readSerialNumber,
  sha1Oid,
  tag,
} from "../../x509/mod.ts";
import { BadOcspRequestError } from "./errors.ts";

/** The hashes of CertIDs, by WebCrypto's names. RFC 9919 3.1.1: SHA-1 is old, SHA-256 is what to use. */
const certIdHashes = {
  "SHA-1": sha1Oid,
  "SHA-256": hashOid["SHA-256"],
  "SHA-384": hashOid["SHA-384"],
  "SHA-512": hashOid["SHA-512"],
} as const;

/** A hash of CertIDs, by WebCrypto's name. */
export type CertIdHash = keyof typeof certIdHashes;

const hashNames = Object.keys(certIdHashes) as readonly CertIdHash[];

/** The name of a certificate: its issuer's name and key, hashed, and its serial number. */
export interface CertId {
  /** The complete CertID. A response repeats it. */
  readonly der: Bytes;
  /** `undefined` if it is another one, or has parameters. */
  readonly hash: CertIdHash | undefined;
  readonly issuerNameHash: Bytes;
  readonly issuerKeyHash: Bytes;
  readonly serial: bigint;
}

/**
 * Reads a CertID.
 *
 * @throws BadOcspRequestError if the serial number is longer than 20 bytes; BadDerError
 */
export function readCertId(reader: DerReader): CertId {
  const value = reader.next(tag.sequence);
  return readInside(value, (parts) => ({
    der: value.der,
    hash: hashOf(readAlgorithmIdentifier(parts)),
    issuerNameHash: readOctetString(parts),
    issuerKeyHash: readOctetString(parts),
    serial: readSerialNumber(parts, () => new BadOcspRequestError("serial-number-too-long")),
  }));
}

/** The parameters are NULL, as OpenSSL writes them, or absent (RFC 4055 2.1). */
function hashOf(algorithm: AlgorithmIdentifier): CertIdHash | undefined {
  if (algorithm.parameters !== undefined && !hasNullParameters(algorithm)) return undefined;
  return hashNames.find((name) => certIdHashes[name] === algorithm.oid);
}

/** The name and the key of an issuer, hashed with each hash of {@linkcode CertIdHash}. */
export type IssuerHashes = Readonly<
  Record<CertIdHash, { readonly name: Bytes; readonly key: Bytes }>
>;

/** Hashes the name and the key of a CA as CertIDs have them. */
export async function issuerHashesOf(
  { subject, subjectPublicKeyInfo }: Certificate,
): Promise<IssuerHashes> {
  const digest = async (hash: CertIdHash, data: Bytes): Promise<Bytes> =>
    new Uint8Array(await crypto.subtle.digest(hash, data));
  const entries = hashNames.map(async (hash) => {
    const [name, key] = await Promise.all([
      digest(hash, subject.der),
      // The content of the BIT STRING, without tag, length and count of unused bits.
      digest(hash, subjectPublicKeyInfo.bytes),
    ]);
    return [hash, { name, key }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as IssuerHashes;
}

/** Whether a CertID names a certificate of this issuer. */
export function isOfIssuer(id: CertId, issuer: IssuerHashes): boolean {
  const own = id.hash && issuer[id.hash];
  return own !== undefined && bytesEqual(id.issuerNameHash, own.name) &&
    bytesEqual(id.issuerKeyHash, own.key);
}
