/** Keeps the OCSP responder of a CA in a file, so that it survives a restart without the CA's key. */
import {
  CertswapError,
  isErrno,
  join,
  readRegularFile,
  statIfPresent,
  type System,
} from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import {
  privateKeyFileLimit,
  proveKeyBelongs,
  readCertificate,
  readPem,
  readPkcs8,
  webCryptoKeys,
  writePemBlocks,
} from "../../x509/mod.ts";
import type { Root } from "../issue/mod.ts";
import type { CaLocation } from "../store/mod.ts";
import { isResponderOf, type OcspResponder } from "./responder.ts";

/** The file of the responder: its key, PKCS #8, and its certificate, PEM. Only its owner can read it. */
export function responderPath({ dataDirectory }: CaLocation): string {
  return join(dataDirectory, "ocsp-responder.pem");
}

/** A text that is another one after the file was replaced; `undefined` if there is no file. */
export function responderStamp({ files }: System, location: CaLocation): string | undefined {
  const found = statIfPresent(files, responderPath(location));
  return found && `${found.device}.${found.inode}.${found.size}`;
}

/** Where a responder is kept, and for which CA. */
interface ResponderPlace {
  readonly location: CaLocation;
  readonly root: Root;
}

/**
 * Reads the responder that was kept last.
 *
 * @returns `undefined` if there is none that may sign for this CA now: no file, one that others can read, one
 * that is damaged, or that has expired. It is then replaced.
 * @throws FileSystemError if the disk fails.
 */
export async function readResponder(
  { files, clock }: System,
  { location, root }: ResponderPlace,
): Promise<OcspResponder | undefined> {
  try {
    const { content, info } = await readRegularFile(
      files,
      responderPath(location),
      privateKeyFileLimit,
    );
    // Someone else may know the key.
    if ((info.mode & 0o077) !== 0) return undefined;
    return await parse(content, { root, now: clock.now() });
  } catch (error) {
    // One that another user has left can be replaced, although it cannot be read.
    if (isErrno(error, "ENOENT", "EACCES")) return undefined;
    if (!(error instanceof CertswapError) || "errno" in error) throw error;
    return undefined;
  }
}

async function parse(
  content: Uint8Array,
  { root, now }: { readonly root: Root; readonly now: Date },
): Promise<OcspResponder | undefined> {
  const blocks = readPem(content, { limit: privateKeyFileLimit });
  const [keyBlock, certificateBlock] = ["PRIVATE KEY", "CERTIFICATE"].map((wanted) =>
    blocks.find(({ label }) => label === wanted)
  );
  if (keyBlock === undefined || certificateBlock === undefined) return undefined;
  const certificate = readCertificate(certificateBlock.der);
  const key = readPkcs8(keyBlock.der);
  if (!await isResponderOf(root, certificate, now)) return undefined;
  if (!await proveKeyBelongs(key, certificate)) return undefined;
  return { signer: await webCryptoKeys.load(key, certificate.subjectPublicKeyInfo), certificate };
}

/**
 * Replaces the file.
 *
 * @param responder `pkcs8` is DER PrivateKeyInfo. Secret.
 * @throws FileSystemError, WrongFileKindError
 */
export function writeResponder(
  { files }: System,
  location: CaLocation,
  { pkcs8, certificate }: Pick<OcspResponder, "certificate"> & { readonly pkcs8: Uint8Array },
): void {
  const content = writePemBlocks([
    { label: "PRIVATE KEY", der: new Uint8Array(pkcs8) },
    { label: "CERTIFICATE", der: certificate.der },
  ]);
  replaceFile(files, responderPath(location), { content, mode: 0o600 });
}
