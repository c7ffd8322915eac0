/** Reads the answers of /cacerts, /simpleenroll and /simplereenroll, for a client. */
import {
  type Bytes,
  bytesEqual,
  type Certificate,
  chainAmong,
  ifCertificate,
} from "../../x509/mod.ts";
import { decodeCertsOnly } from "../cms/mod.ts";
import { decodeBody } from "./body.ts";
import { NoCertificateInAnswerError } from "./errors.ts";

/**
 * Reads the certificates in a body. One that cannot be read is skipped: what is missing then is missed by the
 * check of the chain.
 *
 * @returns in the order of the message. None of them is verified.
 * @throws BadEstBodyError, BadCmsError, TruncatedDerError, BadDerError
 */
export function readCertificates(body: Uint8Array): readonly Certificate[] {
  return decodeCertsOnly(decodeBody(body, "certificates"))
    .flatMap((der) => ifCertificate(der) ?? []);
}

/** The certificate that was issued, and its chain as far as the answer has it. */
export interface IssuedCertificates {
  readonly leaf: Certificate;
  /** Each the issuer of the one before. Without the root. */
  readonly chain: readonly Certificate[];
}

/**
 * Finds the certificate of a key in an answer, and puts its chain in order. A message may hold any number of
 * others, in any order, even a loop: they are left out.
 *
 * @param publicKey DER SubjectPublicKeyInfo of the request.
 * @param known certificates that may complete the chain, from /cacerts for example.
 * @throws NoCertificateInAnswerError if none is for this key.
 */
export async function issuedFor(
  publicKey: Bytes,
  certificates: readonly Certificate[],
  known: readonly Certificate[] = [],
): Promise<IssuedCertificates> {
  const [leaf] = certificates
    .filter(({ subjectPublicKeyInfo }) => bytesEqual(subjectPublicKeyInfo.der, publicKey))
    .sort((a, b) => b.notBefore.getTime() - a.notBefore.getTime());
  if (leaf === undefined) throw new NoCertificateInAnswerError(certificates.length);
  return { leaf, chain: await chainAmong(leaf, [...certificates, ...known]) };
}
