/** Writes a new certificate and its chain to a file. */
import type { System } from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { CertificateNotDeliveredError } from "../request_errors.ts";
import type { IssuedCertificate } from "./sign.ts";

/**
 * Writes a new certificate and its chain to a file, which is created or replaced.
 *
 * @throws CertificateNotDeliveredError: the certificate is issued all the same.
 */
export function deliver({ files }: System, { chain, path }: IssuedCertificate, to: string): void {
  try {
    replaceFile(files, to, { content: chain, mode: 0o644 });
  } catch (cause) {
    throw new CertificateNotDeliveredError(to, path, { cause });
  }
}
