/** Issues a newer certificate for the name and the key of a root. */
import { type Bytes, extensionOid } from "../encoding/mod.ts";
import type { Signer } from "../key/mod.ts";
import type { Certificate } from "../read/mod.ts";
import { sign } from "./certificate.ts";
import { copiedExtension } from "./extensions.ts";

/** What differs from the old certificate. */
interface RenewalFields {
  /** Positive, at most 20 bytes long (RFC 5280 4.1.2.2). */
  readonly serial: bigint;
  /** To the second. */
  readonly notBefore: Date;
  /** To the second. */
  readonly notAfter: Date;
}

/**
 * Issues a self-signed certificate with the name, the key and the extensions of another one: what that has
 * signed verifies against either. Only authorityKeyIdentifier is left out, because it may contain the serial
 * number of the old one; a root needs none (RFC 5280 4.2.1.1).
 *
 * @param signer the key of `old`.
 * @returns DER Certificate (RFC 5280 4.1).
 */
export function issueRenewedRoot(
  fields: RenewalFields,
  { old, signer }: { readonly old: Certificate; readonly signer: Signer },
): Promise<Bytes> {
  const name = old.subject.der;
  return sign(signer, {
    ...fields,
    subject: name,
    issuer: name,
    publicKeyInfo: old.subjectPublicKeyInfo.der,
    extensions: old.extensions
      .filter(({ oid }) => oid !== extensionOid.authorityKeyIdentifier)
      .map(copiedExtension),
  });
}
