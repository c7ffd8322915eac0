import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  objectIdentifier,
  sequence,
  setOf,
} from "../encoding/der_writer.ts";
import { subjectAltName } from "./extensions.ts";
import type { RequestKey } from "../key/request_key.ts";

/** What a request asks for. */
export interface RequestFields {
  /** DER Name. */
  readonly subject: Bytes;
  /** DER GeneralNames, where there are any. */
  readonly alternativeNames: Bytes | undefined;
}

/**
 * Makes a PKCS #10 request, signed with the key that it is for.
 *
 * @returns DER CertificationRequest (RFC 2986 4.2). Alternative names stand in an extensionRequest
 * attribute (RFC 2985 5.4.2), critical where there is no subject, as in a certificate.
 */
export async function createRequest(
  { subject, alternativeNames }: RequestFields,
  key: RequestKey,
): Promise<Bytes> {
  const attributes = alternativeNames === undefined ? [] : [
    sequence(
      objectIdentifier("1.2.840.113549.1.9.14"),
      setOf(sequence(subjectAltName(alternativeNames, subject))),
    ),
  ];
  const requestInfo = sequence(
    integer(0n),
    subject,
    key.publicKeyInfo,
    // IMPLICIT SET OF; with one attribute at most there is no order to mind.
    contextConstructed(0, ...attributes),
  );
  return sequence(requestInfo, key.signatureAlgorithm, bitString(await key.sign(requestInfo)));
}
