/** Reads a pair from a PKCS#12 file (RFC 7292). */
import { CertswapError, readGivenFile, readSecretFile, type System } from "../../system/mod.ts";
import { pairOf, pkcs12FileLimit, readPkcs12 } from "../../protocol/pkcs12/mod.ts";
import { encodePem, writePemBlocks } from "../../x509/mod.ts";
import { UnusableFileError } from "../errors.ts";
import { load, type LoadedPair } from "../pair/mod.ts";

/** A PKCS#12 file with a pair, and what opens it. */
export interface Pkcs12Files {
  readonly pkcs12: string;
  /** Its first line is the password. */
  readonly passwordFile: string;
}

/**
 * Reads a pair from a PKCS#12 file that lies anywhere: the key, its certificate, and the chain in order,
 * without the root. What is swapped in is PEM.
 *
 * @throws the errors of {@linkcode readPasswordFile}; FileSystemError, WrongFileKindError, FileTooLargeError
 * @throws UnusableFileError for the errors of reading PKCS#12, and as `load` does.
 */
export async function loadPkcs12(
  system: System,
  { pkcs12: path, passwordFile }: Pkcs12Files,
): Promise<LoadedPair> {
  const password = await readPasswordFile(system, passwordFile);
  const { content } = await readGivenFile(system.files, path, pkcs12FileLimit);
  const { key, leaf, chain } = await read(path, new Uint8Array(content), password);
  return await load({ certificate: path, key: path }, {
    certificate: writePemBlocks([leaf, ...chain].map(({ der }) => ({ label: "CERTIFICATE", der }))),
    key: encodePem("PRIVATE KEY", key.pkcs8),
  });
}

/** The password in a file. @throws the errors of `readSecretFile`. */
export function readPasswordFile(system: System, path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readSecretFile(system, { path, kind: "password" });
}

async function read(path: string, content: Uint8Array<ArrayBuffer>, password: typeof content) {
  try {
    return await pairOf(await readPkcs12(content, password));
  } catch (error) {
    throw error instanceof CertswapError
      ? new UnusableFileError(path, "pkcs12", { cause: error })
      : error;
  }
}
