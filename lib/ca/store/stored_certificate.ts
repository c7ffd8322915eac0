/** Reads one issued certificate of a store. */
import { isErrno } from "../../system/mod.ts";
import { type Certificate, readSingleCertificateFile } from "../../x509/mod.ts";
import { CertificateNotKeptError } from "../errors.ts";
import type { StoreReader } from "./store.ts";

/**
 * Reads the certificate with a serial number.
 *
 * @param serial formatted by `formatSerial`.
 * @throws CertificateNotKeptError if the CA was imported without it; FileSystemError if it is missing for any
 * other reason; BadDetailsError, and the errors of reading a certificate
 */
export async function readStoredCertificate(
  store: StoreReader,
  serial: string,
): Promise<Certificate> {
  let pem: Uint8Array;
  try {
    pem = await store.certificate(serial);
  } catch (cause) {
    const isLost = isErrno(cause, "ENOENT") && (await store.details(serial))?.isLost === true;
    throw isLost ? new CertificateNotKeptError(serial, { cause }) : cause;
  }
  return readSingleCertificateFile(pem);
}
