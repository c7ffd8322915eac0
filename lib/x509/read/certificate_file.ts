/** Reads files of certificates: chains, single certificates, trust anchors. */
import { type Certificate, readCertificate } from "./certificate.ts";
import { SeveralCertificatesError, UnexpectedPemBlockError } from "../errors.ts";
import { certificateFileLimit, readPem } from "../encoding/pem.ts";

/** No service sends more, and no client follows more. */
const chainLimit = 16;

/** The certificates of every public authority fit. */
const anchorLimit = 1024;

/** What a service's certificate file holds. */
export interface CertificateChain {
  readonly leaf: Certificate;
  /** The certificates behind the leaf, in their order. Whether they belong to it, `verifyChain` says. */
  readonly chain: readonly Certificate[];
}

/**
 * Reads a service's certificate file: PEM, the leaf first, then those of its issuers.
 *
 * @param pem at most 1 MiB of PEM, all blocks `CERTIFICATE`.
 * @throws NotPemError, BadPemError, PemTooLargeError, TooManyPemBlocksError, UnexpectedPemBlockError
 * @throws TruncatedDerError, BadDerError, BadCertificateError
 */
export function readCertificateFile(pem: Uint8Array): CertificateChain {
  const [leaf, ...chain] = readCertificates(pem, chainLimit);
  return { leaf, chain };
}

/**
 * Reads a file with exactly one certificate.
 *
 * @throws SeveralCertificatesError, and what {@linkcode readCertificateFile} throws.
 */
export function readSingleCertificateFile(pem: Uint8Array): Certificate {
  const [only, ...others] = readCertificates(pem, chainLimit);
  if (others.length > 0) throw new SeveralCertificatesError(1 + others.length);
  return only;
}

/**
 * Reads a file of trust anchors, in any order.
 *
 * @throws what {@linkcode readCertificateFile} throws.
 */
export function readAnchorFile(pem: Uint8Array): Certificate[] {
  return readCertificates(pem, anchorLimit);
}

function readCertificates(pem: Uint8Array, maxBlocks: number): [Certificate, ...Certificate[]] {
  const [first, ...others] = readPem(pem, { limit: certificateFileLimit, maxBlocks });
  for (const { label } of [first, ...others]) {
    if (label !== "CERTIFICATE") throw new UnexpectedPemBlockError(label, "certificate");
  }
  return [readCertificate(first.der), ...others.map(({ der }) => readCertificate(der))];
}
