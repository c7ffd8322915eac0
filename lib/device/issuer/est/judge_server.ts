/** Judges an EST server by the certificates that it has shown, before anything is sent to it. */
import {
  type Certificate,
  certifiesHost,
  formatGeneralName,
  ifCertificate,
  purposeOid,
  verifyChain,
} from "../../../x509/mod.ts";
import { ServerCertificateVersionError, ServerNameError } from "./errors.ts";

/** What a server's certificate must satisfy. */
export interface ServerRules {
  readonly anchors: readonly Certificate[];
  readonly host: string;
  readonly now: Date;
}

/**
 * Checks that a server's certificate has version 3, leads to a trust anchor, is valid now, is for TLS
 * servers, and names the host (RFC 7030 3.3.1, 3.6.1).
 *
 * @param chain DER, as the server has shown it, its own first.
 * @throws ServerCertificateVersionError, ServerNameError, ChainError
 */
export async function judgeServer(
  [own, ...others]: readonly Uint8Array[],
  { anchors, host, now }: ServerRules,
): Promise<void> {
  const leaf = own && ifCertificate(own);
  // The runtime proves no possession of the key of a version 1 certificate.
  if (leaf?.version !== 3) throw new ServerCertificateVersionError();
  const intermediates = others.flatMap((der) => ifCertificate(der) ?? []);
  const purposes = [purposeOid.serverAuth];
  await verifyChain({ leaf, intermediates, anchors, at: now, purposes });
  if (!certifiesHost(leaf, host)) {
    throw new ServerNameError(host, leaf.subjectAltName.slice(0, 16).map(formatGeneralName));
  }
}
