/** Reads certificates of CAs that the caller gives. */
import { readGivenFile, type System, wrapError } from "../../system/mod.ts";
import { type Certificate, certificateFileLimit, readCertificateFile } from "../../x509/mod.ts";
import { CertificateUnreadableError } from "../errors.ts";

/** All certificates in a file, in its order. @throws CertificateUnreadableError, FileSystemError */
export async function readCertificatesAt(
  { files }: Pick<System, "files">,
  file: string,
): Promise<readonly Certificate[]> {
  const { content } = await readGivenFile(files, file, certificateFileLimit);
  return wrapError(
    () => {
      const { leaf, chain } = readCertificateFile(content);
      return [leaf, ...chain];
    },
    (cause) => new CertificateUnreadableError(file, { cause }),
  );
}
