/** Reads PKCS #10 requests (RFC 2986). */
import {
  type AlgorithmIdentifier,
  type PublicKey,
  readAlgorithmIdentifier,
  readPublicKey,
} from "../key/mod.ts";
import {
  type Bytes,
  certificateFileLimit,
  constructedContextTag,
  type DerReader,
  extensionOid,
  readBitStringBytes,
  readInside,
  readObjectIdentifier,
  readPem,
  readSmallInteger,
  readWhole,
  requestAttributeOid,
  tag,
} from "../encoding/mod.ts";
import { BadRequestError } from "../errors.ts";
import { type Extensions, noExtensions, readExtensions } from "./extensions.ts";
import { type Name, readName } from "../name/mod.ts";

/**
 * The size limit of a file with a request, in bytes. A thousand long names fit. The certificate issued for
 * it is larger, and must also fit its limit.
 */
export const requestFileLimit = certificateFileLimit / 2;

/** A PKCS #10 request (RFC 2986 4.2). Untrusted until its signature is verified; its text always. */
export interface CertificationRequest extends Extensions {
  /** The part that is signed. */
  readonly tbs: Bytes;
  readonly subject: Name;
  readonly subjectPublicKeyInfo: PublicKey;
  /** DER GeneralNames, as in the request. */
  readonly alternativeNames: Bytes | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Bytes;
}

/**
 * Reads a file with exactly one request: PEM, `CERTIFICATE REQUEST`, or `NEW CERTIFICATE REQUEST` as
 * GnuTLS writes it (RFC 7468 7).
 *
 * @throws NotPemError, BadPemError, PemTooLargeError, BadRequestError, TruncatedDerError, BadDerError
 */
export function readRequestFile(pem: Uint8Array): CertificationRequest {
  const [block, ...others] = readPem(pem, { limit: requestFileLimit });
  if (others.length > 0) throw new BadRequestError("several-blocks");
  if (!/^(?:NEW )?CERTIFICATE REQUEST$/.test(block.label)) {
    throw new BadRequestError("other-block");
  }
  return readRequest(block.der);
}

/**
 * Reads exactly one request.
 *
 * @param der DER; the result refers to it.
 * @throws BadRequestError, TruncatedDerError, BadDerError
 */
export function readRequest(der: Bytes): CertificationRequest {
  return readWhole(der, tag.sequence, (parts) => {
    const tbs = parts.next(tag.sequence);
    const signatureAlgorithm = readAlgorithmIdentifier(parts);
    const signature = readBitStringBytes(parts);
    return { ...readInside(tbs, readInfo), tbs: tbs.der, signatureAlgorithm, signature };
  });
}

/** CertificationRequestInfo. */
function readInfo(
  parts: DerReader,
): Omit<CertificationRequest, "tbs" | "signatureAlgorithm" | "signature"> {
  if (readSmallInteger(parts) !== 0) throw new BadRequestError("version");
  const subject = readName(parts);
  const subjectPublicKeyInfo = readPublicKey(parts);
  // RFC 2986 requires the attributes even if there are none; OpenSSL also accepts requests without them.
  const attributes = parts.optional(constructedContextTag(0));
  const extensions = (attributes && readInside(attributes, readAttributes)) ?? noExtensions();
  const alternativeNames = extensions.extensions
    .find(({ oid }) => oid === extensionOid.subjectAltName)?.value;
  return { subject, subjectPublicKeyInfo, alternativeNames, ...extensions };
}

/** The attributes that contain extensions. */
const extensionRequestOids: readonly string[] = Object.values(requestAttributeOid);

function readRequestExtensions(reader: DerReader): Extensions {
  return readExtensions(reader, (problem) => new BadRequestError(problem));
}

/** The requested extensions. Other attributes, such as a challenge password, do not go into a certificate. */
function readAttributes(members: DerReader): Extensions | undefined {
  let found: Extensions | undefined;
  while (!members.isAtEnd()) {
    members.inside(tag.sequence, (parts) => {
      const type = readObjectIdentifier(parts);
      const values = parts.next(tag.set);
      if (!extensionRequestOids.includes(type)) return;
      if (found !== undefined) throw new BadRequestError("two-extension-lists");
      found = readInside(values, readRequestExtensions);
    });
  }
  return found;
}
