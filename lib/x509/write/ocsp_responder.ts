/** Issues the certificate of a delegated OCSP responder (RFC 6960 4.2.2.2). */
import { type Bytes, purposeOid } from "../encoding/mod.ts";
import { type Authority, type CertificateFields, sign } from "./certificate.ts";
import {
  authorityKeyIdentifier,
  extendedKeyUsage,
  keyUsage,
  leafConstraints,
  ocspNoCheck,
  subjectKeyIdentifier,
} from "./extensions.ts";

/**
 * Issues the certificate of a key that signs OCSP responses for this CA, and nothing else. Clients do not
 * check whether it is revoked (id-pkix-ocsp-nocheck), so it must be valid for a short time only.
 *
 * @returns DER Certificate (RFC 5280 4.1).
 */
export function issueOcspResponder(
  fields: CertificateFields,
  { signer, name, keyIdentifier }: Authority,
): Promise<Bytes> {
  return sign(signer, {
    ...fields,
    issuer: name,
    extensions: [
      leafConstraints(),
      keyUsage(["digitalSignature"]),
      extendedKeyUsage([purposeOid.OCSPSigning]),
      ocspNoCheck(),
      authorityKeyIdentifier(keyIdentifier),
      subjectKeyIdentifier(fields.keyIdentifier),
    ],
  });
}
