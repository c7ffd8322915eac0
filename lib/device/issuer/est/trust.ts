/** The first contact: fetches the CA's certificate, which a fingerprint pins (RFC 7030 4.1.1). */
import { estPath, readCertificates } from "../../../protocol/est/mod.ts";
import {
  CertswapError,
  type HttpsAnswer,
  statIfPresent,
  type System,
} from "../../../system/mod.ts";
import { replaceFile } from "../../../transaction/mod.ts";
import { type Certificate, encodePem, fingerprint as fingerprintOf } from "../../../x509/mod.ts";
import { publicFileMode } from "../../file_modes.ts";
import { limitsOf, unusable } from "./answer.ts";
import { type EstIssuer, formatEstUrl } from "./configuration.ts";
import { EstServerError, FingerprintNotServedError } from "./errors.ts";

/**
 * Writes the missing file of trust anchors: the CA certificate with the configured fingerprint, as the server
 * serves it. The server is not verified, and nothing is sent to it but the question: only the fingerprint
 * decides what is trusted. A file that is there stays as it is.
 *
 * @returns whether it was written.
 * @throws EstServerError, EstAnswerError, FingerprintNotServedError, FileSystemError
 */
export async function fetchMissingTrust(system: System, issuer: EstIssuer): Promise<boolean> {
  const { trust, fingerprint } = issuer;
  if (fingerprint === undefined || statIfPresent(system.files, trust) !== undefined) return false;
  const certificate = await pinnedCertificate(system, issuer, fingerprint);
  const content = encodePem("CERTIFICATE", certificate.der);
  replaceFile(system.files, trust, { content, mode: publicFileMode });
  return true;
}

async function pinnedCertificate(
  system: System,
  issuer: EstIssuer,
  wanted: string,
): Promise<Certificate> {
  const url = formatEstUrl(issuer.server);
  const certificates = await servedBy(system, issuer, url);
  const found: string[] = [];
  for (const certificate of certificates) {
    const digits = await fingerprintOf(certificate);
    if (digits === wanted) return certificate;
    found.push(digits);
  }
  throw new FingerprintNotServedError(url, wanted, found);
}

async function servedBy(
  { network }: System,
  issuer: EstIssuer,
  url: string,
): Promise<readonly Certificate[]> {
  const operation = "cacerts";
  let answer: HttpsAnswer | undefined;
  try {
    const session = await network.openHttps(issuer.server, {
      anchorsPem: undefined,
      judge: () => Promise.resolve(),
      ...limitsOf(issuer),
    });
    try {
      const path = estPath(operation, issuer.label);
      answer = await session.send({ method: "GET", path, headers: {} });
      return readCertificates(answer.body);
    } finally {
      session.close();
    }
  } catch (cause) {
    if (!(cause instanceof CertswapError)) throw cause;
    const isAboutServer = cause.code === "tls-connection" || cause.code === "http-answer";
    throw isAboutServer
      ? new EstServerError(url, { cause })
      : unusable({ url, operation, answer }, cause);
  }
}
