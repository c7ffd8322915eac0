/** Writes OCSP responses (RFC 6960 4.2). */
import {
  bitString,
  type Bytes,
  contextConstructed,
  contextPrimitive,
  enumerated,
  generalizedTime,
  objectIdentifier,
  octetString,
  type RevocationReason,
  revocationReasons,
  sequence,
  sequenceOf,
  type Signer,
} from "../../x509/mod.ts";
import { basicResponseOid, ocspExtensionOid } from "./oids.ts";

/** Why there is no answer (RFC 6960 2.3, 4.2.1). These responses are not signed. */
export const ocspErrors = {
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  unauthorized: 6,
} as const;

/** An OCSPResponse that says why there is no answer. @returns DER. */
export function ocspErrorResponse(status: keyof typeof ocspErrors): Bytes {
  return sequence(enumerated(ocspErrors[status]));
}

/** The status of a certificate (RFC 6960 2.2). Times are to the second. */
export type CertStatus =
  | { readonly is: "good" }
  | { readonly is: "revoked"; readonly at: Date; readonly reason: RevocationReason }
  /** The issuer has never issued a certificate with this serial number, or is another one. */
  | { readonly is: "unknown" };

/** What a response says about one certificate. Times are to the second. */
export interface SingleResponse {
  /** DER CertID, as the client has sent it. */
  readonly certId: Uint8Array;
  readonly status: CertStatus;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** How a response names who has signed it. */
export type ResponderId =
  /** SHA-1 of the public key, as in `keyIdentifierOf`: what RFC 9919 3.2.2 demands. */
  | { readonly by: "key"; readonly hash: Uint8Array }
  /** DER Name. */
  | { readonly by: "name"; readonly name: Uint8Array };

/** What a response says. */
export interface ResponseData {
  readonly responderId: ResponderId;
  /** To the second. */
  readonly producedAt: Date;
  /** At least one. */
  readonly responses: readonly SingleResponse[];
  /** The nonce of the request, to be repeated; `undefined` for none. */
  readonly nonce?: Uint8Array | undefined;
}

/** Who signs. */
export interface Responder {
  readonly signer: Signer;
  /** DER certificates that clients need to verify the signature, the responder's own first. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * Signs a response with the status `successful`, of the type BasicOCSPResponse.
 *
 * @returns DER OCSPResponse.
 */
export async function signOcspResponse(
  data: ResponseData,
  { signer, certificates }: Responder,
): Promise<Bytes> {
  const tbs = encodeResponseData(data);
  const basic = sequence(
    tbs,
    signer.algorithm.signature,
    bitString(await signer.sign(tbs)),
    ...(certificates.length === 0 ? [] : [contextConstructed(0, sequenceOf(certificates))]),
  );
  return sequence(
    enumerated(0),
    contextConstructed(0, sequence(objectIdentifier(basicResponseOid), octetString(basic))),
  );
}

/** ResponseData. The version is the default, v1, and therefore omitted. */
function encodeResponseData({ responderId, producedAt, responses, nonce }: ResponseData): Bytes {
  return sequence(
    responderId.by === "key"
      ? contextConstructed(2, octetString(responderId.hash))
      : contextConstructed(1, responderId.name),
    generalizedTime(producedAt),
    sequenceOf(responses.map(encodeSingleResponse)),
    ...(nonce === undefined ? [] : [contextConstructed(1, sequence(encodeNonce(nonce)))]),
  );
}

function encodeSingleResponse(response: SingleResponse): Bytes {
  const { certId, status, thisUpdate, nextUpdate } = response;
  return sequence(
    certId,
    encodeStatus(status),
    generalizedTime(thisUpdate),
    contextConstructed(0, generalizedTime(nextUpdate)),
  );
}

const nothing = new Uint8Array();

function encodeStatus(status: CertStatus): Bytes {
  switch (status.is) {
    case "good":
      return contextPrimitive(0, nothing);
    case "revoked": {
      // As in a CRL, the reason is left out if it says nothing (RFC 5280 5.3.1).
      const reason = status.reason === "unspecified"
        ? []
        : [contextConstructed(0, enumerated(revocationReasons[status.reason]))];
      return contextConstructed(1, generalizedTime(status.at), ...reason);
    }
    case "unknown":
      return contextPrimitive(2, nothing);
  }
}

/** The extension is never critical. The nonce is an OCTET STRING in the extension's (RFC 9654 2.1). */
function encodeNonce(nonce: Uint8Array): Bytes {
  return sequence(
    objectIdentifier(ocspExtensionOid.nonce),
    octetString(octetString(nonce)),
  );
}
