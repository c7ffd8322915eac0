/** Reads files of certificates: chains, single certificates, trust anchors. */
import { type Certificate, isUnreadable, readCertificate } from "./certificate.ts";
import {
  type BadCertificateError,
  type BadDerError,
  SeveralCertificatesError,
  type TruncatedDerError,
  UnexpectedPemBlockError,
} from "../errors.ts";
import {
  type Bytes,
  certificateFileLimit,
  DerReader,
  type PemBlock,
  type PemFile,
  readPemFile,
  tag,
  writePemBlocks,
} from "../encoding/mod.ts";

/** Longer than any chain that a service sends or a client follows. */
const chainLimit = 16;

/** Enough for the certificates of all public CAs. */
const anchorLimit = 1024;

/** The certificates in a service's certificate file. */
export interface CertificateChain {
  readonly leaf: Certificate;
  /** The certificates after the leaf, in order. `verifyChain` checks whether they belong to it. */
  readonly chain: readonly Certificate[];
}

/** The certificates in a service's certificate file, and what to write as its new file. */
export interface CertificateFile extends CertificateChain {
  /**
   * The bytes of the file if every service can read them. If only a lenient reader such as OpenSSL can (byte
   * order mark, `TRUSTED CERTIFICATE`, long lines), the same certificates in the form of RFC 7468.
   */
  readonly content: Uint8Array;
}

/**
 * Reads a service's certificate file: PEM, the leaf first, then the certificates of its issuers. It may also
 * contain parameters (`DH PARAMETERS`), which Apache and HAProxy read from this file.
 *
 * @param pem at most 1 MiB of PEM.
 * @throws NotPemError, BadPemError, PemTooLargeError, TooManyPemBlocksError, UnexpectedPemBlockError
 * @throws TruncatedDerError, BadDerError, BadCertificateError
 */
export function readCertificateFile(pem: Uint8Array): CertificateFile {
  const { blocks, isStrict } = readBlocks(pem, chainLimit);
  const [leaf, ...chain] = readEach(certificatesIn(blocks));
  return { leaf, chain, content: isStrict ? pem : writePemBlocks(blocks) };
}

/**
 * Reads a file with exactly one certificate.
 *
 * @throws SeveralCertificatesError, and what {@linkcode readCertificateFile} throws.
 */
export function readSingleCertificateFile(pem: Uint8Array): Certificate {
  const [only, ...others] = readEach(certificatesIn(readBlocks(pem, chainLimit).blocks));
  if (others.length > 0) throw new SeveralCertificatesError(1 + others.length);
  return only;
}

/** A certificate in a file of trust anchors that cannot be read. */
export interface UnreadableAnchor {
  /** Its position among the certificates of the file, from 1. */
  readonly position: number;
  /** Why it cannot be read. */
  readonly error: BadCertificateError | BadDerError | TruncatedDerError;
}

/** The content of a file of trust anchors. */
export interface AnchorFile {
  /** At least one. */
  readonly anchors: readonly Certificate[];
  /** Certificates that cannot be read and are skipped; the others are still trusted. */
  readonly unreadable: readonly UnreadableAnchor[];
}

/**
 * Reads a file of trust anchors in any order. Skips certificates that cannot be read, as OpenSSL does: a
 * bundle has hundreds, and most do not matter to this device.
 *
 * @throws what {@linkcode readCertificateFile} throws, for the first certificate, if none can be read.
 */
export function readAnchorFile(pem: Uint8Array): AnchorFile {
  const anchors: Certificate[] = [];
  const unreadable: UnreadableAnchor[] = [];
  for (const [index, { der }] of certificatesIn(readBlocks(pem, anchorLimit).blocks).entries()) {
    try {
      anchors.push(readCertificate(der));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable.push({ position: index + 1, error });
    }
  }
  const [first] = unreadable;
  if (anchors.length === 0 && first !== undefined) throw first.error;
  return { anchors, unreadable };
}

/** The blocks of a file of certificates, with each certificate as a `CERTIFICATE` block. */
function readBlocks(pem: Uint8Array, maxBlocks: number): PemFile {
  const { blocks, isStrict } = readPemFile(pem, { limit: certificateFileLimit, maxBlocks });
  const [first, ...others] = blocks;
  return {
    blocks: [asCertificate(first), ...others.map(asCertificate)],
    isStrict: isStrict && blocks.every(({ label }) => !isOldLabel(label)),
  };
}

/** @throws UnexpectedPemBlockError for a block that is neither a certificate nor parameters. */
function asCertificate({ label, der }: PemBlock): PemBlock {
  if (label === "TRUSTED CERTIFICATE") return { label: plainLabel, der: withoutTrust(der) };
  if (isOldLabel(label)) return { label: plainLabel, der };
  if (label !== plainLabel && !label.endsWith(" PARAMETERS")) {
    throw new UnexpectedPemBlockError(label, "certificate");
  }
  return { label, der };
}

const plainLabel = "CERTIFICATE";

/** Labels for a certificate: RFC 7468 5.1 names the first, `openssl x509 -trustout` writes the second. */
function isOldLabel(label: string): boolean {
  return label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE";
}

/** The certificate without the trust settings (X509_CERT_AUX) that OpenSSL appends to a trusted one. */
function withoutTrust(der: Bytes): Bytes {
  const reader = new DerReader(der);
  const certificate = reader.next(tag.sequence);
  reader.optional(tag.sequence);
  reader.end();
  return certificate.der;
}

function certificatesIn(blocks: readonly PemBlock[]): readonly [PemBlock, ...PemBlock[]] {
  const [first, ...others] = blocks.filter(({ label }) => label === plainLabel);
  if (first === undefined) {
    throw new UnexpectedPemBlockError(blocks[0]?.label ?? "", "certificate");
  }
  return [first, ...others];
}

function readEach(
  [first, ...others]: readonly [PemBlock, ...PemBlock[]],
): [Certificate, ...Certificate[]] {
  return [readCertificate(first.der), ...others.map(({ der }) => readCertificate(der))];
}
