/** The pair in a PKCS#12 file: which certificate is the key's, and which others are its chain. */
import {
  bytesEqual,
  type Certificate,
  chainAmong,
  isUnreadable,
  type PrivateKey,
  proveKeyBelongs,
  readCertificate,
  readPkcs8,
} from "../../x509/mod.ts";
import type { CertificateBag } from "./bags.ts";
import { Pkcs12WithoutCertificateError } from "./errors.ts";
import type { Pkcs12Content } from "./read.ts";

/** A key with its certificate and chain. */
export interface Pkcs12Pair {
  readonly key: PrivateKey;
  readonly leaf: Certificate;
  /** Each the issuer of the one before. Without the root: clients have it, or do not trust it. */
  readonly chain: readonly Certificate[];
}

/**
 * Finds the certificate of the key, and puts its chain in order. Certificates that are no part of it are
 * left out.
 *
 * @throws Pkcs12WithoutCertificateError
 * @throws the errors of `readPkcs8`, and of `readCertificate` if none can be read.
 */
export async function pairOf({ key: { pkcs8, localKeyId }, certificates }: Pkcs12Content): Promise<
  Pkcs12Pair
> {
  const key = readPkcs8(pkcs8);
  const { readable, unreadable } = readEach(certificates, localKeyId);
  const leaf = await leafOf(key, readable);
  if (leaf === undefined) {
    throw unreadable ?? new Pkcs12WithoutCertificateError(certificates.length);
  }
  return { key, leaf, chain: await chainAmong(leaf, readable) };
}

/** Certificates, those with the key's localKeyId first, then those that were issued last. */
function readEach(
  bags: readonly CertificateBag[],
  localKeyId: Pkcs12Content["key"]["localKeyId"],
): { readonly readable: readonly Certificate[]; readonly unreadable: unknown } {
  const found: { readonly certificate: Certificate; readonly rank: number }[] = [];
  let unreadable: unknown;
  for (const { der, localKeyId: id } of bags) {
    const isOfKey = id !== undefined && localKeyId !== undefined && bytesEqual(id, localKeyId);
    try {
      found.push({ certificate: readCertificate(der), rank: isOfKey ? 0 : 1 });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable ??= error;
    }
  }
  found.sort((a, b) =>
    a.rank - b.rank || b.certificate.notBefore.getTime() - a.certificate.notBefore.getTime()
  );
  return { readable: found.map(({ certificate }) => certificate), unreadable };
}

async function leafOf(
  key: PrivateKey,
  certificates: readonly Certificate[],
): Promise<Certificate | undefined> {
  for (const certificate of certificates) {
    if (await proveKeyBelongs(key, certificate)) return certificate;
  }
  return undefined;
}
