/** Issues leaf certificates for checked requests. */
import { formatTime } from "../../system/mod.ts";
import {
  type Authority,
  formatName,
  formatSerial,
  issueLeaf,
  keyIdentifierOf,
} from "../../x509/mod.ts";
import type { CheckedRequest } from "./check_request.ts";
import { mapConcurrently } from "./concurrency.ts";
import type { CertificateRecord, IssuedCertificate } from "../store/mod.ts";

/** A leaf certificate and its request. */
export interface Leaf extends IssuedCertificate {
  readonly checked: CheckedRequest;
}

/** The CA, serial numbers and dates for the certificates. */
interface LeafTerms {
  readonly authority: Authority;
  /** The first serial number. The others follow it. */
  readonly firstSerial: bigint;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Called with each certificate as soon as it is signed, in any order. */
  readonly onSigned?: ((leaf: Leaf) => Promise<void>) | undefined;
}

/**
 * Issues a certificate for each request, with consecutive serial numbers.
 *
 * @param onDone is called with the number of certificates issued so far.
 */
export async function issueLeaves(
  requests: readonly CheckedRequest[],
  terms: LeafTerms,
  onDone?: (done: number) => void,
): Promise<Leaf[]> {
  const { notBefore, notAfter } = terms;
  return await mapConcurrently(requests, async (checked, index) => {
    const { request, keyType } = checked;
    const serial = terms.firstSerial + BigInt(index);
    const der = await issueLeaf({
      serial,
      subject: request.subject.der,
      notBefore,
      notAfter,
      publicKeyInfo: request.subjectPublicKeyInfo.der,
      keyIdentifier: await keyIdentifierOf(request.subjectPublicKeyInfo),
      keyKind: keyType,
      alternativeNames: request.alternativeNames,
    }, terms.authority);
    const leaf = { checked, der, record: toRecord(serial, checked, terms) };
    await terms.onSigned?.(leaf);
    return leaf;
  }, onDone);
}

function toRecord(
  serial: bigint,
  { request }: CheckedRequest,
  { notBefore, notAfter }: LeafTerms,
): CertificateRecord {
  return {
    serial: formatSerial(serial),
    subject: formatName(request.subject),
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
    status: "active",
    revokedAt: "",
    revocationReason: "",
  };
}
