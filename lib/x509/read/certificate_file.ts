/** Reads files of certificates: chains, single certificates, trust anchors. */
import { type Certificate, readCertificate } from "./certificate.ts";
import {
  BadCertificateError,
  BadDerError,
  SeveralCertificatesError,
  TruncatedDerError,
  UnexpectedPemBlockError,
} from "../errors.ts";
import { DerReader, tag } from "../encoding/der_reader.ts";
import type { Bytes } from "../encoding/der_writer.ts";
import {
  certificateFileLimit,
  type PemBlock,
  type PemFile,
  readPemFile,
  writePemBlocks,
} from "../encoding/pem.ts";

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

/** What a service's certificate file holds, and what to write in its place. */
export interface CertificateFile extends CertificateChain {
  /**
   * The file's own bytes if every service reads them. If only a lenient reader like OpenSSL does (a byte
   * order mark, `TRUSTED CERTIFICATE`, long lines): the same certificates as RFC 7468 writes them.
   */
  readonly content: Uint8Array;
}

/**
 * Reads a service's certificate file: PEM, the leaf first, then those of its issuers. Blocks of parameters
 * (`DH PARAMETERS`) may be among them: Apache and HAProxy read theirs from this file.
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

/** A certificate of a file of trust anchors that cannot be read. */
export interface UnreadableAnchor {
  /** Which of the file's certificates it is, from 1. */
  readonly position: number;
  /** What is wrong with it. */
  readonly error: BadCertificateError | BadDerError | TruncatedDerError;
}

/** What a file of trust anchors holds. */
export interface AnchorFile {
  /** At least one. */
  readonly anchors: readonly Certificate[];
  /** Those that cannot be read, and are left out: the others are trusted all the same. */
  readonly unreadable: readonly UnreadableAnchor[];
}

/**
 * Reads a file of trust anchors, in any order. One that cannot be read among others is left out, as OpenSSL
 * does: a bundle has hundreds, most of them of no concern to this device.
 *
 * @throws what {@linkcode readCertificateFile} throws, of the first certificate if none can be read.
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

function isUnreadable(error: unknown): error is UnreadableAnchor["error"] {
  return error instanceof BadCertificateError || error instanceof BadDerError ||
    error instanceof TruncatedDerError;
}

/** The blocks of a file of certificates, each certificate as a block `CERTIFICATE`. */
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

/** RFC 7468 5.1 names the first, `openssl x509 -trustout` writes the second. */
function isOldLabel(label: string): boolean {
  return label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE";
}

/** The certificate alone: what OpenSSL adds to a trusted one (X509_CERT_AUX) stands behind it. */
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
