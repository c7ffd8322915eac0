/** Whether a client's pair can be presented. */
import type { ClientIdentity } from "../sight.ts";

/**
 * Whether a key is that of the certificate, and can be read. The runtime's TLS presents no certificate at
 * all if it cannot read the key: a server's complaint about that would say nothing about the pair.
 */
export function isUsableIdentity({ certificatePem, keyPem }: ClientIdentity): boolean {
  const { createPrivateKey, X509Certificate } = globalThis.process.getBuiltinModule("node:crypto");
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}
