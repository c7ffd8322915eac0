/** Certs-only messages: SignedData without content and signatures (RFC 5652 5, RFC 5272 4.1). */
import {
  type Bytes,
  certificateFileLimit,
  checkNested,
  constructedContextTag,
  contextConstructed,
  type DerReader,
  encodeValueOf,
  integer,
  objectIdentifier,
  readInside,
  readObjectIdentifier,
  readSmallInteger,
  readWhole,
  sequence,
  setOf,
  tag,
  toDer,
} from "../../x509/mod.ts";
import { BadCmsError } from "./errors.ts";

/** The content types that a certs-only message uses (RFC 5652 4, 5.1). */
const contentOid = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
} as const;

/** The size limit of a message, in bytes. */
export const certsOnlyLimit = certificateFileLimit;

/** The most certificates that a message may hold. A CA that serves all of its history has fewer. */
export const certsOnlyCountLimit = 128;

/** CMSVersion: RFC 5652 5.1 gives 1 to messages that hold only X.509 certificates, and defines up to 5. */
const versions = { written: 1n, lowest: 1, highest: 5 } as const;

/**
 * Writes a certs-only message: ContentInfo with a SignedData that has no content and no signers.
 *
 * CertificateSet is a SET, which DER would sort. CMS needs no DER here (RFC 5652 2), and readers exist that
 * take the first certificate for the issued one: so the order stays as given, as OpenSSL keeps it.
 *
 * @param certificates DER, the most important one first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeCertsOnly, encodeCertsOnly } from "./mod.ts";
 *
 * const certificate = Uint8Array.of(0x30, 0x00);
 * assert.deepEqual(decodeCertsOnly(encodeCertsOnly([certificate])), [certificate]);
 * ```
 */
export function encodeCertsOnly(certificates: readonly Uint8Array[]): Bytes {
  const signedData = sequence(
    integer(versions.written),
    setOf(),
    sequence(objectIdentifier(contentOid.data)),
    // RFC 5652 5.1: the field is there only if there are certificates.
    ...certificates.length === 0 ? [] : [encodeValueOf(constructedContextTag(0), certificates)],
    setOf(),
  );
  return sequence(objectIdentifier(contentOid.signedData), contextConstructed(0, signedData));
}

/**
 * Reads the certificates of a SignedData. Nothing in it is trusted: the caller verifies each certificate.
 *
 * BER is read as well: CMS allows it (RFC 5652 2), and Bouncy Castle, which EJBCA and other EST servers use,
 * writes indefinite lengths. CRLs, content, signatures, and certificates of other kinds are skipped.
 *
 * @param message at most {@linkcode certsOnlyLimit} bytes.
 * @returns DER of each certificate, in the order of the message. They are not read yet.
 * @throws BadCmsError, TruncatedDerError, BadDerError
 */
export function decodeCertsOnly(message: Bytes): readonly Bytes[] {
  if (message.length > certsOnlyLimit) throw new BadCmsError("too-large");
  return readWhole(toDer(message), tag.sequence, (parts) => {
    if (readObjectIdentifier(parts) !== contentOid.signedData) {
      throw new BadCmsError("other-content-type");
    }
    return parts.inside(
      constructedContextTag(0),
      (content) => content.inside(tag.sequence, readSignedData),
    );
  });
}

/** SignedData (RFC 5652 5.1). */
function readSignedData(parts: DerReader): readonly Bytes[] {
  const version = readSmallInteger(parts);
  if (version < versions.lowest || version > versions.highest) throw new BadCmsError("version");
  checkNested(parts.next(tag.set));
  parts.inside(tag.sequence, (content) => {
    readObjectIdentifier(content);
    content.optional(constructedContextTag(0));
  });
  const certificates = parts.optional(constructedContextTag(0));
  // Its CRLs: Go writes the field even if it is empty.
  parts.optional(constructedContextTag(1));
  parts.next(tag.set);
  return certificates === undefined ? [] : readInside(certificates, readCertificateSet);
}

/** CertificateSet (RFC 5652 10.2.3). Attribute certificates and other kinds have context tags. */
function readCertificateSet(members: DerReader): readonly Bytes[] {
  const found: Bytes[] = [];
  while (!members.isAtEnd()) {
    const { identifier, der } = members.next();
    if (identifier !== tag.sequence) continue;
    if (found.length === certsOnlyCountLimit) throw new BadCmsError("too-many-certificates");
    found.push(der);
  }
  return found;
}
