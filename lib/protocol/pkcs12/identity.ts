/** The pair in a PKCS#12 file: which certificate is the key's, and which others are its chain. */
import {
  BadCertificateError,
  BadDerError,
  bytesEqual,
  type Certificate,
  judgeSignature,
  namesEqual,
  type PrivateKey,
  proveKeyBelongs,
  readCertificate,
  readPkcs8,
  TruncatedDerError,
} from "../../x509/mod.ts";
import type { CertificateBag } from "./bags.ts";
import { Pkcs12WithoutCertificateError } from "./errors.ts";
import type { Pkcs12Content } from "./read.ts";

/** Longer than any chain that a client follows. */
const chainLimit = 16;

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
  return { key, leaf, chain: await chainOf(leaf, readable) };
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

function isUnreadable(error: unknown): boolean {
  return error instanceof BadCertificateError || error instanceof BadDerError ||
    error instanceof TruncatedDerError;
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

async function chainOf(
  leaf: Certificate,
  certificates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  const chain: Certificate[] = [];
  let last = leaf;
  while (chain.length < chainLimit) {
    const issuer = await issuerOf(
      last,
      certificates.filter((other) => other !== leaf && !chain.includes(other)),
    );
    if (issuer === undefined || await isRoot(issuer)) return chain;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/**
 * The issuer of a certificate. If several have the issuer's name, the one that signed it; if none did, the
 * first: checking the chain reports what is wrong.
 */
async function issuerOf(
  certificate: Certificate,
  others: readonly Certificate[],
): Promise<Certificate | undefined> {
  if (await isRoot(certificate)) return undefined;
  const named = others.filter(({ subject }) => namesEqual(subject, certificate.issuer));
  const signers: Certificate[] = [];
  for (const candidate of named) {
    if (await hasSigned(candidate, certificate)) signers.push(candidate);
  }
  // A root ends the chain: a certificate for the same CA by another one would make it longer.
  for (const signer of signers) if (await isRoot(signer)) return signer;
  return signers[0] ?? named[0];
}

async function isRoot(certificate: Certificate): Promise<boolean> {
  return namesEqual(certificate.subject, certificate.issuer) &&
    await hasSigned(certificate, certificate);
}

async function hasSigned(issuer: Certificate, certificate: Certificate): Promise<boolean> {
  return (await judgeSignature(certificate, issuer.subjectPublicKeyInfo)).is === "good";
}
