/** Reads a pair: its two files, and their content. */
import {
  attempt,
  CertswapError,
  type FileSystem,
  ifPresent,
  isAnyListed,
  readFile,
  readGivenFile,
  withUse,
  wrapError,
} from "../../system/mod.ts";
import { type SnapshotWithContent, takeSnapshot } from "../../transaction/mod.ts";
import {
  BadCertificateError,
  type Certificate,
  type CertificateChain,
  certificateFileLimit,
  chainOrder,
  formatName,
  type PemBlock,
  type PrivateKey,
  privateKeyFileLimit,
  proveKeyBelongs,
  readAnchorFile,
  readCertificateFile,
  readPem,
  readPrivateKeyFile,
  writePemBlocks,
} from "../../x509/mod.ts";
import {
  ChainOrderError,
  type FileRole,
  KeyMismatchError,
  UnreadableAnchorError,
  UnusableFileError,
} from "../errors.ts";
import type { PairFiles } from "./layout.ts";

/**
 * The two files of a pair, as found on the disk. If both are one file, `content` is the half's share of it,
 * and the snapshot is of the whole file.
 */
export interface StoredPair {
  readonly files: PairFiles;
  readonly certificate: SnapshotWithContent | undefined;
  readonly key: SnapshotWithContent | undefined;
  /** The whole file, if both are one file. */
  readonly home?: SnapshotWithContent | undefined;
}

/** A pair with both files present. */
interface WholePair extends StoredPair {
  readonly certificate: SnapshotWithContent;
  readonly key: SnapshotWithContent;
}

/**
 * Reads the files of a pair, without parsing them.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function readStoredPair(files: FileSystem, pair: PairFiles): Promise<StoredPair> {
  if (pair.certificate === pair.key) return await readHome(files, pair.key);
  return {
    files: pair,
    certificate: await takeSnapshot(files, pair.certificate, certificateFileLimit),
    key: await takeSnapshot(files, pair.key, privateKeyFileLimit),
  };
}

/**
 * Reads the pending or the previous pair as {@linkcode readStoredPair} does. Usually there is none: the
 * directory listing tells so without an error, and the first errors of a process take half a millisecond.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function readKeptPair(files: FileSystem, pair: PairFiles): Promise<StoredPair> {
  const isThere = ifPresent(() => isAnyListed(files, [pair.certificate, pair.key]));
  if (isThere === true) return await readStoredPair(files, pair);
  return { files: pair, certificate: undefined, key: undefined };
}

/** The size limit of a combined file, in bytes. */
export const combinedFileLimit = certificateFileLimit + privateKeyFileLimit;

/**
 * Reads a pair from one file with key and certificates.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export async function readHome(files: FileSystem, path: string): Promise<StoredPair> {
  const home = await takeSnapshot(files, path, combinedFileLimit);
  const { certificate, key } = home === undefined ? {} : halvesOf(home);
  return { files: { certificate: path, key: path }, certificate, key, home };
}

/** The halves of a combined file. What cannot be taken apart is both: reading it tells what is wrong. */
function halvesOf(home: SnapshotWithContent): Pick<StoredPair, "certificate" | "key"> {
  const blocks = attempt(() => readPem(home.content, { limit: combinedFileLimit }));
  if (blocks === undefined) return { certificate: home, key: home };
  const isKey = ({ label }: PemBlock): boolean => label.endsWith("PRIVATE KEY");
  const half = (of: readonly PemBlock[]): SnapshotWithContent | undefined =>
    of.length === 0 ? undefined : { ...home, content: writePemBlocks(of) };
  return {
    certificate: half(blocks.filter(({ label }) => label.endsWith("CERTIFICATE"))),
    key: half(blocks.filter(isKey)),
  };
}

/** Whether both files exist. */
export function isWhole(pair: StoredPair): pair is WholePair {
  return pair.certificate !== undefined && pair.key !== undefined;
}

/** Whether neither file exists. */
export function isMissing({ certificate, key }: StoredPair): boolean {
  return certificate === undefined && key === undefined;
}

/** A parsed pair whose key matches its certificate. */
export interface LoadedPair extends CertificateChain {
  readonly files: PairFiles;
  readonly key: PrivateKey;
  /**
   * The bytes to swap in: those that the operator gave. Only if some services could not read them (see
   * `CertificateFile`), the same certificates and key in the form of RFC 7468.
   */
  readonly certificateContent: Uint8Array;
  readonly keyContent: Uint8Array;
}

/**
 * Reads a pair from any place.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError, and as {@linkcode loadStoredPair}.
 */
export async function loadPair(files: FileSystem, pair: PairFiles): Promise<LoadedPair> {
  const certificate = await readGivenFile(files, pair.certificate, certificateFileLimit);
  const key = await readGivenFile(files, pair.key, privateKeyFileLimit);
  return await load(pair, { certificate: certificate.content, key: key.content });
}

/**
 * Parses a pair that has been read.
 *
 * @throws UnusableFileError if a file is not what it should be.
 * @throws KeyMismatchError if the key does not match the certificate.
 */
export async function loadStoredPair(stored: WholePair): Promise<LoadedPair> {
  return await load(stored.files, {
    certificate: stored.certificate.content,
    key: stored.key.content,
  });
}

/**
 * Parses a pair from bytes.
 *
 * @param files the paths to name in errors.
 * @throws as {@linkcode loadStoredPair}.
 */
export async function load(
  files: PairFiles,
  content: { readonly certificate: Uint8Array; readonly key: Uint8Array },
): Promise<LoadedPair> {
  const certificate = parse(
    files.certificate,
    "certificate",
    () => readCertificateFile(content.certificate),
  );
  const { leaf, chain } = certificate;
  const key = parse(files.key, "key", () => readPrivateKeyFile(content.key));
  if (!await keyBelongs(files, key, leaf)) {
    await requireOtherKey(files, key, certificate);
    throw new KeyMismatchError(files.certificate, files.key);
  }
  return {
    files,
    leaf,
    chain,
    key,
    certificateContent: certificate.content,
    keyContent: key.content,
  };
}

/**
 * Checks whether the key matches another certificate of the file: then the pair is usable, and only the order
 * of its chain is wrong.
 *
 * @throws ChainOrderError
 */
async function requireOtherKey(
  files: PairFiles,
  key: PrivateKey,
  { leaf, chain }: CertificateChain,
): Promise<void> {
  for (const candidate of chain) {
    const isLeaf = await keyBelongs(files, key, candidate);
    if (isLeaf) throw chainOrderError(files.certificate, [leaf, ...chain], candidate);
  }
}

/**
 * The error for a chain in the wrong order: the leaf is not first, or an issuer is not next.
 */
export function chainOrderError(
  path: string,
  certificates: readonly Certificate[],
  leaf: Certificate,
): ChainOrderError {
  const indices = [...certificates.keys()];
  const first = certificates.indexOf(leaf);
  const order = chainOrder(certificates, leaf) ??
    [first, ...indices.filter((index) => index !== first)];
  return new ChainOrderError(path, {
    order: order.map((index) => index + 1),
    leaf: formatName(leaf.subject),
  });
}

async function keyBelongs(
  files: PairFiles,
  key: PrivateKey,
  leaf: Certificate,
): Promise<boolean> {
  try {
    return await proveKeyBelongs(key, leaf);
  } catch (error) {
    throw error instanceof BadCertificateError
      ? concerning(files.certificate, "certificate", error)
      : concerning(files.key, "key", error);
  }
}

/** Trust anchors, with warnings about their file. */
export interface TrustAnchors {
  /** `undefined`: no file was given, and the chain's root is not checked. */
  readonly anchors: readonly Certificate[] | undefined;
  /** One for each certificate that was skipped. */
  readonly warnings: readonly UnreadableAnchorError[];
}

/**
 * Reads a file of trust anchors, if there is one.
 *
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError, UnusableFileError
 */
export function loadAnchors(files: FileSystem, path: string | undefined): TrustAnchors {
  if (path === undefined) return { anchors: undefined, warnings: [] };
  const { content } = wrapError(
    () => readFile(files, path, certificateFileLimit),
    (cause) => withUse(cause, "trust-anchors"),
  );
  const { anchors, unreadable } = parse(path, "trust", () => readAnchorFile(content));
  return {
    anchors,
    warnings: unreadable.map(({ position, error: cause }) =>
      new UnreadableAnchorError(path, position, { cause })
    ),
  };
}

/** Adds the file to every error of `lib/x509`, which knows only bytes. */
function parse<T>(path: string, role: FileRole, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw concerning(path, role, error);
  }
}

/** The error of `lib/x509` with its file; any other error unchanged. */
export function concerning(path: string, role: FileRole, error: unknown): unknown {
  return error instanceof CertswapError
    ? new UnusableFileError(path, role, { cause: error })
    : error;
}
