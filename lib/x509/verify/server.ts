/** Judges the certificates that a TLS server shows: version, chain, purpose and names. */
import { bytesEqual, purposeOid } from "../encoding/mod.ts";
import { parseIpAddress } from "../name/mod.ts";
import { type Certificate, readCertificate } from "../read/mod.ts";
import { verifyChain } from "./chain.ts";
import { HostMismatchError, VersionOneError } from "./chain_errors.ts";

/** The server that a client wants, and its trust anchors. */
interface WantedServer {
  /** An IP address, or a DNS name with or without a full stop at its end. */
  readonly host: string;
  readonly anchors: readonly Certificate[];
  readonly at: Date;
}

/**
 * Checks that a TLS server is the wanted one: its certificate is of version 3, its chain leads to a trust
 * anchor, it is for TLS servers, and it has the name of the host (RFC 9525). The runtime's own check accepts
 * a certificate of version 1 from a server that does not have its key.
 *
 * @param chain the certificates that the server has sent, DER, its own first.
 * @throws ChainError; BadCertificateError, BadDerError, TruncatedDerError for what is not a certificate.
 */
export async function requireServer(
  [own, ...others]: readonly [Uint8Array, ...Uint8Array[]],
  { host, anchors, at }: WantedServer,
): Promise<void> {
  const leaf = readCertificate(own);
  if (leaf.version !== 3) throw new VersionOneError(leaf);
  await verifyChain({
    leaf,
    intermediates: others.map(readCertificate),
    anchors,
    at,
    purposes: [purposeOid.serverAuth],
  });
  requireHost(leaf, host);
}

/**
 * Checks that an alternative name of a certificate is the host. The common name does not count, and `*` only
 * as the whole first label, for exactly one label (RFC 9525 6.3).
 */
function requireHost(certificate: Certificate, host: string): void {
  const address = parseIpAddress(host);
  const isNamed = certificate.subjectAltName.some((name) =>
    address === undefined
      ? name.kind === "dns" && matches(name.text, host)
      : name.kind === "ip" && bytesEqual(name.address, address)
  );
  if (!isNamed) throw new HostMismatchError(certificate, host);
}

function matches(pattern: string, host: string): boolean {
  const wanted = (host.endsWith(".") ? host.slice(0, -1) : host).toLowerCase();
  const found = pattern.toLowerCase();
  if (!found.startsWith("*.")) return found === wanted;
  const [label = "", ...rest] = wanted.split(".");
  // A wildcard for all of a top-level domain names no host.
  return label !== "" && rest.length > 1 && found.slice(2) === rest.join(".");
}
