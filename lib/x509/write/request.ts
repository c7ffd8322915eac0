/** Creates PKCS #10 requests (RFC 2986). */
import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  objectIdentifier,
  requestAttributeOid,
  sequence,
  sequenceOf,
  setOf,
} from "../encoding/mod.ts";
import { subjectAltName } from "./extensions.ts";
import type { Signer } from "../key/mod.ts";

/** The fields of a request. */
export interface RequestFields {
  /** DER Name. */
  readonly subject: Bytes;
  /** DER GeneralNames, if any. */
  readonly alternativeNames: Bytes | undefined;
  /** Complete DER Extensions besides those names. */
  readonly extensions?: readonly Bytes[];
}

/**
 * Creates a PKCS #10 request, signed with the key that it is for.
 *
 * @returns DER CertificationRequest (RFC 2986 4.2). Alternative names go into an extensionRequest attribute
 * (RFC 2985 5.4.2). As in a certificate, they are critical if the subject is empty.
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
  { subject, alternativeNames, extensions = [] }: RequestFields,
  signer: Signer,
): Promise<Bytes> {
  const names = alternativeNames === undefined ? [] : [subjectAltName(alternativeNames, subject)];
  const wanted = [...names, ...extensions];
  const attributes = wanted.length === 0 ? [] : [
    sequence(
      objectIdentifier(requestAttributeOid.extensionRequest),
      setOf(sequenceOf(wanted)),
    ),
  ];
  const requestInfo = sequence(
    integer(0n),
    subject,
    signer.publicKey,
    // IMPLICIT SET OF: with at most one attribute, there is nothing to sort.
    contextConstructed(0, ...attributes),
  );
  const signature = bitString(await signer.sign(requestInfo));
  return sequence(requestInfo, signer.algorithm.signature, signature);
}
