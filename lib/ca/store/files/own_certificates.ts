/** Prepares the replacement of a CA's own certificate in its data directory. */
import type { FileSystem } from "../../../system/mod.ts";
import type { Entry } from "../../../transaction/mod.ts";
import { writePem } from "../../../x509/mod.ts";
import type { OwnCertificates } from "../store.ts";
import { type DataDirectory, requireNoLink, writtenFile } from "./data_directory.ts";

/**
 * The changed files: first the older certificates, so that none is lost, then those above, then the CA's own.
 *
 * @throws WrongFileKindError if one of them is a symbolic link.
 */
export async function replacedCertificates(
  files: FileSystem,
  directory: DataDirectory,
  { certificate, chain, previous }: OwnCertificates,
): Promise<Entry[]> {
  const { paths } = directory;
  // `ca.crt` may be a link in all other commands, because they only read it.
  requireNoLink(files, paths.certificate);
  const wanted = [
    { target: paths.previous, certificates: previous },
    { target: paths.chain, certificates: chain },
    { target: paths.certificate, certificates: [certificate] },
  ];
  return await Promise.all(
    wanted.filter(({ certificates }) => certificates.length > 0).map(({ target, certificates }) =>
      writtenFile(files, directory, { target, content: encodeCertificates(certificates) })
    ),
  );
}

/** The changed file of other CAs' certificates; it is empty for an empty list. */
export async function replacedBundle(
  files: FileSystem,
  directory: DataDirectory,
  certificates: readonly Uint8Array[],
): Promise<Entry> {
  const content = encodeCertificates(certificates);
  return await writtenFile(files, directory, { target: directory.paths.bundle, content });
}

/** A PEM file of certificates. */
export function encodeCertificates(certificates: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode(
    certificates.map((der) => writePem("CERTIFICATE", der)).join(""),
  );
}
