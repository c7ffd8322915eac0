/** Reads the request of /simpleenroll and /simplereenroll, for a server (RFC 7030 4.2.1). */
import {
  type Bytes,
  type CertificationRequest,
  constructedContextTag,
  readInside,
  readName,
  readObjectIdentifier,
  readPublicKey,
  readRequest,
  readSmallInteger,
  readWhole,
  tag,
} from "../../x509/mod.ts";
import { decodeBody } from "./body.ts";

/** A request as it arrived. Nothing in it has been verified. */
export interface EnrolmentRequest {
  /** DER, the PKCS #10 request. */
  readonly der: Bytes;
  readonly request: CertificationRequest;
  /**
   * Whether it has a challengePassword: with it, a client links its proof of possession to the TLS
   * connection (RFC 7030 3.5), which a server has to verify or refuse.
   */
  readonly hasChallengePassword: boolean;
  /** Whether it asks for another subject than the certificate that it renews (RFC 7030 4.2.2, RFC 6402). */
  readonly changesSubject: boolean;
}

/** Attributes of requests: PKCS #9 (RFC 2985 5.4.1), and RFC 6402 2.8. */
export const enrolmentAttributeOid = {
  challengePassword: "1.2.840.113549.1.9.7",
  changeSubjectName: "1.3.6.1.5.5.7.7.36",
} as const;

/**
 * Reads the body of an enrolment request.
 *
 * @param limit the most bytes of the body: checked first.
 * @throws BadEstBodyError if it is not base64.
 * @throws BadRequestError, BadDerError, TruncatedDerError if it holds no PKCS #10 request.
 */
export function readEnrolmentRequest(body: Uint8Array, limit?: number): EnrolmentRequest {
  const der = decodeBody(body, "request", limit);
  const request = readRequest(der);
  const attributes = attributeTypes(request);
  return {
    der,
    request,
    hasChallengePassword: attributes.includes(enrolmentAttributeOid.challengePassword),
    changesSubject: attributes.includes(enrolmentAttributeOid.changeSubjectName),
  };
}

/** The types of the attributes of a request that was read: in dots. */
function attributeTypes({ tbs }: CertificationRequest): readonly string[] {
  return readWhole(tbs, tag.sequence, (parts) => {
    readSmallInteger(parts);
    readName(parts);
    readPublicKey(parts);
    const attributes = parts.optional(constructedContextTag(0));
    if (attributes === undefined) return [];
    return readInside(attributes, (members) => {
      const types: string[] = [];
      while (!members.isAtEnd()) {
        types.push(members.inside(tag.sequence, (attribute) => {
          const type = readObjectIdentifier(attribute);
          attribute.next(tag.set);
          return type;
        }));
      }
      return types;
    });
  });
}
