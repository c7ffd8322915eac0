/** Finds the certificates that a CA has issued in the directories of another program. */
import {
  attempt,
  type FileSystem,
  ifPresent,
  join,
  readGivenFile,
  statIfPresent,
} from "../../system/mod.ts";
import {
  bytesEqual,
  type Certificate,
  certificateFileLimit,
  formatSerial,
  isSerial,
  namesEqual,
  readCertificate,
  readPem,
} from "../../x509/mod.ts";
import { describe } from "../identity/mod.ts";
import { isIssuedBy, mapConcurrently, type Root } from "../issue/mod.ts";
import { type IssuedCertificate, recordOf } from "../store/mod.ts";
import { DoubleSerialError, UnusableSerialError } from "./errors.ts";
import type { SourcePlaces } from "./places.ts";

/** A certificate file of the source that is not imported. */
export interface IgnoredFile {
  readonly path: string;
  /** `own`: the CA's own certificate. `not-a-file`: a FIFO, a device, or a link that leads nowhere. */
  readonly reason: "not-a-certificate" | "not-a-file" | "other-issuer" | "own";
}

/** A certificate that the CA has issued, as the store takes it. */
export type OwnCertificate = IssuedCertificate & Required<Pick<IssuedCertificate, "details">>;

/** What the directories of certificates have. */
export interface OwnCertificates {
  /** By serial number. None is known to be revoked. */
  readonly certificates: ReadonlyMap<string, OwnCertificate>;
  readonly ignored: readonly IgnoredFile[];
}

/** How to tell the CA's certificates from others, and whom to tell how far it is. */
interface Choice {
  readonly root: Root;
  /** Called with the number of files read so far. */
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/**
 * Reads every file in the directories of certificates, and keeps what the CA has issued. A parsed certificate
 * is many times larger than its bytes, so of each only those are kept.
 *
 * @throws DoubleSerialError, UnusableSerialError, FileSystemError, FileTooLargeError
 */
export async function readOwnCertificates(
  files: FileSystem,
  { certificates: directories }: SourcePlaces,
  { root, onProgress }: Choice,
): Promise<OwnCertificates> {
  const paths = directories.flatMap((directory) =>
    files.readDirectory(directory).map((name) => join(directory, name))
  );
  const found = await mapConcurrently(
    paths,
    (path) => readFileOf(files, path, root),
    (done) => onProgress?.(done, paths.length),
  );
  const certificates = new Map<string, OwnCertificate>();
  const ignored: IgnoredFile[] = [];
  for (const one of found.flat()) {
    if ("reason" in one) {
      ignored.push(one);
      continue;
    }
    const { serial } = one.record;
    const before = certificates.get(serial);
    if (before === undefined) certificates.set(serial, one);
    else if (!bytesEqual(before.der, one.der)) {
      const paths = [before, one].map(({ details: { importedFrom = "" } }) => importedFrom);
      throw new DoubleSerialError(serial, [paths[0] ?? "", paths[1] ?? ""]);
    }
  }
  return { certificates, ignored };
}

/** What is in one file: a directory is nothing. */
async function readFileOf(
  files: FileSystem,
  path: string,
  root: Root,
): Promise<readonly (OwnCertificate | IgnoredFile)[]> {
  const kind = statIfPresent(files, path)?.kind;
  const target = kind === "link" ? ifPresent(() => files.realPath(path)) : path;
  const targetKind = target && files.stat(target).kind;
  if (targetKind === "directory") return [];
  // Nothing waits for the writer of a FIFO, or reads a device.
  if (targetKind !== "file") return [{ path, reason: "not-a-file" }];
  const { content } = await readGivenFile(files, path, certificateFileLimit);
  const found = certificatesIn(content);
  if (found.length === 0) return [{ path, reason: "not-a-certificate" }];
  return await Promise.all(found.map((certificate) => choose(certificate, path, root)));
}

/** @throws UnusableSerialError */
async function choose(
  certificate: Certificate,
  path: string,
  root: Root,
): Promise<OwnCertificate | IgnoredFile> {
  // A root has signed itself, and a renewed one has another certificate with the same key.
  if (isOwn(certificate, root)) return { path, reason: "own" };
  if (!await isIssuedBy(root, certificate)) return { path, reason: "other-issuer" };
  const serial = formatSerial(certificate.serial);
  if (!isSerial(serial)) throw new UnusableSerialError(serial, path);
  return {
    der: certificate.der,
    record: recordOf(certificate),
    details: { ...await describe(certificate), importedFrom: path },
  };
}

function isOwn(certificate: Certificate, { certificate: own }: Root): boolean {
  return namesEqual(certificate.subject, own.subject) &&
    bytesEqual(certificate.subjectPublicKeyInfo.der, own.subjectPublicKeyInfo.der);
}

/** The certificates in a file: PEM, with or without text around it, or DER. Empty for any other file. */
export function certificatesIn(content: Uint8Array): readonly Certificate[] {
  const blocks = attempt(() => readPem(content, { limit: certificateFileLimit }));
  if (blocks === undefined) {
    const certificate = attempt(() => readCertificate(content));
    return certificate === undefined ? [] : [certificate];
  }
  return blocks.filter(({ label }) => label === "CERTIFICATE").flatMap(({ der }) => {
    const certificate = attempt(() => readCertificate(der));
    return certificate === undefined ? [] : [certificate];
  });
}
