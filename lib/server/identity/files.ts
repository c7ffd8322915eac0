/** The server's certificate and key from files that something else renews. */
import { readGivenFile, readRegularFile, type System } from "../../system/mod.ts";
import {
  certificateFileLimit,
  privateKeyFileLimit,
  proveKeyBelongs,
  readCertificateFile,
  readPrivateKeyFile,
  writePem,
} from "../../x509/mod.ts";
import { BadServerPairError } from "../errors.ts";
import type { LoadedIdentity } from "./identity.ts";

/**
 * Reads a pair.
 *
 * @throws BadServerPairError if they do not belong together, as in the middle of a change; and the errors of
 * reading both.
 */
export async function readPair(
  { files }: System,
  paths: { readonly certificate: string; readonly key: string },
): Promise<LoadedIdentity> {
  const { content } = await readGivenFile(files, paths.certificate, certificateFileLimit);
  const { leaf, chain } = readCertificateFile(content);
  const secret = await readRegularFile(files, paths.key, privateKeyFileLimit);
  const key = readPrivateKeyFile(secret.content);
  // Anyone can show a certificate of version 1 to some clients: docs/explanation/security.md.
  if (leaf.version !== 3) throw new BadServerPairError(paths.certificate, "version");
  if (!await proveKeyBelongs(key, leaf)) {
    throw new BadServerPairError(paths.certificate, "mismatch");
  }
  return {
    certificate: leaf,
    identity: {
      certificatePem: [leaf, ...chain].map(({ der }) => writePem("CERTIFICATE", der)).join(""),
      keyPem: writePem("PRIVATE KEY", key.pkcs8),
    },
  };
}
