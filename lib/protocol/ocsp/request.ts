/** Reads OCSP requests (RFC 6960 4.1). */
import {
  type Bytes,
  constructedContextTag,
  type DerReader,
  type FoundExtension,
  readAlgorithmIdentifier,
  readBitStringBytes,
  readExtensionList,
  readGeneralName,
  readInside,
  readOctetString,
  readSmallInteger,
  readWhole,
  tag,
} from "../../x509/mod.ts";
import { type CertId, readCertId } from "./cert_id.ts";
import { BadOcspRequestError } from "./errors.ts";
import { ocspExtensionOid } from "./oids.ts";

/** The longest request that is read, in bytes. One certificate needs about 80, a signed request 3,000. */
export const ocspRequestLimit = 8 * 1024;

/** The most certificates that one request may ask about. */
export const certIdLimit = 32;

/** RFC 9654 2.1: a nonce that is empty or longer must be refused. */
const nonceLimit = 128;

/** A request. */
export interface OcspRequest {
  /** At least one, at most {@linkcode certIdLimit}. */
  readonly certIds: readonly [CertId, ...CertId[]];
  /** The client's nonce, 1 to 128 bytes, without its OCTET STRING; `undefined` if it sent none. */
  readonly nonce: Bytes | undefined;
}

/**
 * Reads exactly one OCSPRequest.
 *
 * A signature is read, but not verified: the responder answers everyone, and RFC 6960 4.1.2 leaves it to the
 * responder. Extensions that are not understood are ignored unless they are critical (4.4).
 *
 * @param der is not kept longer than the result.
 * @throws BadOcspRequestError, TruncatedDerError, BadDerError: to answer with `malformedRequest`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readOcspRequest } from "./mod.ts";
 *
 * // openssl ocsp -issuer ca.crt -serial 2 -no_nonce -reqout /dev/stdout | base64
 * const der = Uint8Array.fromBase64(
 *   "MEIwQDA+MDwwOjAJBgUrDgMCGgUABBQbKyHECkYEL/hDCio9BVBzRBbe8AQUjaoV8IGsscbwqbvV7O7yRIEa2v8CAQI=",
 * );
 * const { certIds: [id], nonce } = readOcspRequest(der);
 * assert.equal(id.hash, "SHA-1");
 * assert.equal(id.serial, 2n);
 * assert.equal(nonce, undefined);
 * ```
 */
export function readOcspRequest(der: Bytes): OcspRequest {
  if (der.length > ocspRequestLimit) throw new BadOcspRequestError("too-large");
  return readWhole(der, tag.sequence, (parts) => {
    const request = parts.inside(tag.sequence, readTbsRequest);
    // optionalSignature
    if (!parts.isAtEnd()) parts.inside(constructedContextTag(0), skipSignature);
    return request;
  });
}

/** TBSRequest. */
function readTbsRequest(parts: DerReader): OcspRequest {
  // DER omits the default, 0 for v1, but some clients write it.
  if (parts.peek() === constructedContextTag(0)) {
    const version = parts.inside(constructedContextTag(0), readSmallInteger);
    if (version !== 0) throw new BadOcspRequestError("version");
  }
  // requestorName changes nothing: everyone gets the same answer.
  if (parts.peek() === constructedContextTag(1)) {
    parts.inside(constructedContextTag(1), readGeneralName);
  }
  const certIds = parts.inside(tag.sequence, readRequestList);
  const extensions = readOptionalExtensions(parts, 2);
  const nonce = extensions.find(({ oid }) => oid === ocspExtensionOid.nonce);
  return { certIds, nonce: nonce && readNonce(nonce) };
}

function readRequestList(members: DerReader): [CertId, ...CertId[]] {
  if (members.isAtEnd()) throw new BadOcspRequestError("no-requests");
  const certIds: [CertId, ...CertId[]] = [members.inside(tag.sequence, readSingleRequest)];
  while (!members.isAtEnd()) {
    if (certIds.length === certIdLimit) throw new BadOcspRequestError("too-many-requests");
    certIds.push(members.inside(tag.sequence, readSingleRequest));
  }
  return certIds;
}

/** Request. */
function readSingleRequest(parts: DerReader): CertId {
  const certId = readCertId(parts);
  readOptionalExtensions(parts, 0);
  return certId;
}

/** Extensions that are not ignored, or that change nothing: this responder has one type and one signature. */
const understood: ReadonlySet<string> = new Set(Object.values(ocspExtensionOid));

function readOptionalExtensions(parts: DerReader, number: number): readonly FoundExtension[] {
  if (parts.peek() !== constructedContextTag(number)) return [];
  const extensions = parts.inside(
    constructedContextTag(number),
    (list) => readExtensionList(list, (problem) => new BadOcspRequestError(problem)),
  );
  if (extensions.some(({ oid, critical }) => critical && !understood.has(oid))) {
    throw new BadOcspRequestError("critical-extension");
  }
  return extensions;
}

/** The nonce is an OCTET STRING within the extension's (RFC 9654 2.1). */
function readNonce({ octets }: FoundExtension): Bytes {
  const nonce = readInside(octets, readOctetString);
  if (nonce.length === 0 || nonce.length > nonceLimit) {
    throw new BadOcspRequestError("nonce-length");
  }
  return nonce;
}

/** Signature (RFC 6960 4.1.1): its form only. */
function skipSignature(reader: DerReader): void {
  reader.inside(tag.sequence, (parts) => {
    readAlgorithmIdentifier(parts);
    readBitStringBytes(parts);
    if (parts.isAtEnd()) return;
    parts.inside(constructedContextTag(0), (inner) =>
      inner.inside(tag.sequence, (certificates) => {
        while (!certificates.isAtEnd()) certificates.next(tag.sequence);
      }));
  });
}
