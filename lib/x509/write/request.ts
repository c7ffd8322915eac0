/** Makes PKCS #10 requests (RFC 2986). */
import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  objectIdentifier,
  requestAttributeOid,
  sequence,
  setOf,
} from "../encoding/mod.ts";
import { subjectAltName } from "./extensions.ts";
import type { Signer } from "../key/mod.ts";

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
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createRequest, encodeDistinguishedName, readRequest, webCryptoKeys } from "../mod.ts";
 *
 * const key = await webCryptoKeys.generate("ecdsa-p256");
 * const subject = encodeDistinguishedName("CN=device.example");
 * const der = await createRequest({ subject, alternativeNames: undefined }, key);
 * assert.deepEqual(readRequest(der).subject.der, subject);
 * ```
 */
export async function createRequest(
  { subject, alternativeNames }: RequestFields,
  signer: Signer,
): Promise<Bytes> {
  const attributes = alternativeNames === undefined ? [] : [
    sequence(
      objectIdentifier(requestAttributeOid.extensionRequest),
      setOf(sequence(subjectAltName(alternativeNames, subject))),
    ),
  ];
  const requestInfo = sequence(
    integer(0n),
    subject,
    signer.publicKey,
    // IMPLICIT SET OF; with one attribute at most there is no order to mind.
    contextConstructed(0, ...attributes),
  );
  const signature = bitString(await signer.sign(requestInfo));
  return sequence(requestInfo, signer.algorithm.signature, signature);
}
