/** The certificates that a socket of node:tls was shown. */

/** A certificate and its issuer as a node:tls socket reports them; without fields if there is none. */
export interface PeerCertificate {
  readonly raw?: Uint8Array;
  /** For EC keys. */
  readonly asn1Curve?: string;
  /** For RSA keys. */
  readonly modulus?: string;
  /** Itself, for the last one. */
  readonly issuerCertificate?: PeerCertificate;
}

/** The most certificates that are read from a chain. */
const chainLimit = 16;

/** DER of a server's chain, the leaf first; empty if it has shown none. */
export function chainShown(leaf: PeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: PeerCertificate | undefined = leaf;
  while (certificate?.raw !== undefined && chain.length < chainLimit) {
    chain.push(new Uint8Array(certificate.raw));
    const next: PeerCertificate | undefined = certificate.issuerCertificate;
    certificate = next === certificate ? undefined : next;
  }
  return chain;
}
