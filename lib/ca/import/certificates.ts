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
  type Certificate,
  certificateFileLimit,
  formatSerial,
  isSerial,
  namesEqual,
  readCertificate,
  readPem,
} from "../../x509/mod.ts";
import { isIssuedBy, mapConcurrently, type Root } from "../issue/mod.ts";
import { DoubleSerialError, UnusableSerialError } from "./errors.ts";
import type { SourcePlaces } from "./places.ts";

/** A certificate file of the source that is not imported. */
export interface IgnoredFile {
  readonly path: string;
  /** `own`: the CA's own certificate. `not-a-file`: a FIFO, a device, or a link that leads nowhere. */
  readonly reason: "not-a-certificate" | "not-a-file" | "other-issuer" | "own";
}

/** A certificate, and the file that has it. */
export interface FoundCertificate {
  readonly path: string;
  readonly certificate: Certificate;
}

/** Reads every file in the directories of certificates. */
export async function findCertificates(
  files: FileSystem,
  { certificates: directories }: SourcePlaces,
): Promise<{
  readonly certificates: readonly FoundCertificate[];
  readonly ignored: readonly IgnoredFile[];
}> {
  const certificates: FoundCertificate[] = [];
  const ignored: IgnoredFile[] = [];
  for (const directory of directories) {
    for (const name of files.readDirectory(directory)) {
      const path = join(directory, name);
      const kind = statIfPresent(files, path)?.kind;
      const target = kind === "link" ? ifPresent(() => files.realPath(path)) : path;
      const targetKind = target && files.stat(target).kind;
      if (targetKind === "directory") continue;
      // Nothing waits for the writer of a FIFO, or reads a device.
      if (targetKind !== "file") {
        ignored.push({ path, reason: "not-a-file" });
        continue;
      }
      const found = certificatesIn(
        (await readGivenFile(files, path, certificateFileLimit)).content,
      );
      if (found.length === 0) ignored.push({ path, reason: "not-a-certificate" });
      for (const certificate of found) certificates.push({ path, certificate });
    }
  }
  return { certificates, ignored };
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

/** Certificates that a CA has issued. */
export interface OwnCertificates {
  /** By serial number. */
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly paths: ReadonlyMap<string, string>;
  readonly ignored: readonly IgnoredFile[];
}

/** Chooses those that the CA has issued. @throws DoubleSerialError, UnusableSerialError */
export async function ownCertificates(
  found: readonly FoundCertificate[],
  { root, onProgress }: {
    readonly root: Root;
    readonly onProgress: ((done: number, total: number) => void) | undefined;
  },
): Promise<OwnCertificates> {
  const isOurs = await mapConcurrently(
    found,
    ({ certificate }) => isIssuedBy(root, certificate),
    (done) => onProgress?.(done, found.length),
  );
  const certificates = new Map<string, Certificate>();
  const paths = new Map<string, string>();
  const ignored: IgnoredFile[] = [];
  for (const [index, { path, certificate }] of found.entries()) {
    // A root has signed itself, and a renewed one has another certificate with the same key.
    if (isOwn(certificate, root)) {
      ignored.push({ path, reason: "own" });
      continue;
    }
    if (isOurs[index] !== true) {
      ignored.push({ path, reason: "other-issuer" });
      continue;
    }
    const serial = formatSerial(certificate.serial);
    if (!isSerial(serial)) throw new UnusableSerialError(serial, path);
    const before = certificates.get(serial);
    if (before !== undefined && before.der.toHex() !== certificate.der.toHex()) {
      throw new DoubleSerialError(serial, [paths.get(serial) ?? "", path]);
    }
    certificates.set(serial, certificate);
    if (before === undefined) paths.set(serial, path);
  }
  return { certificates, paths, ignored };
}

function isOwn(certificate: Certificate, { certificate: own }: Root): boolean {
  return namesEqual(certificate.subject, own.subject) &&
    certificate.subjectPublicKeyInfo.der.toHex() === own.subjectPublicKeyInfo.der.toHex();
}
