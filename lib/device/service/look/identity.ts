/** The client certificate that a probe presents. */
import type { ClientIdentity, FileSystem } from "../../../system/mod.ts";
import { purposeOid } from "../../../x509/mod.ts";
import { type LoadedPair, loadPair } from "../../pair/mod.ts";
import type { ProbeIdentity } from "../probe_kinds.ts";

/**
 * The client certificate for a server that asks for one; `undefined` if the pair may not be used for it.
 *
 * @param expected the pair that the service should use.
 * @throws as `loadPair`.
 */
export async function identityFor(
  files: FileSystem,
  identity: ProbeIdentity,
  expected: LoadedPair,
): Promise<ClientIdentity | undefined> {
  switch (identity.kind) {
    case "pair-if-client":
      return isForClients(expected) ? pemOf(expected) : undefined;
    case "pair":
      return pemOf(expected);
    case "files":
      return pemOf(await loadPair(files, identity));
  }
}

/** A pair in the form that a client presents. */
export function pemOf({ certificateContent, keyContent }: LoadedPair): ClientIdentity {
  // Comments in a PEM file may be in any encoding.
  const decoder = new TextDecoder();
  return {
    certificatePem: decoder.decode(certificateContent),
    keyPem: decoder.decode(keyContent),
  };
}

/** Whether a certificate may be used by TLS clients (RFC 5280 4.2.1.12). */
function isForClients({ leaf: { extKeyUsage } }: LoadedPair): boolean {
  return extKeyUsage === undefined || extKeyUsage.includes(purposeOid.clientAuth) ||
    extKeyUsage.includes(purposeOid.anyExtendedKeyUsage);
}
