/** Roots with chosen fields, for tests of trust bundles. */
import { type Bytes, purposeOid } from "../../lib/x509/encoding/mod.ts";
import { keyIdentifierOf, webCryptoKeys } from "../../lib/x509/key/mod.ts";
import { encodeDistinguishedName, readPublicKeyInfo } from "../../lib/x509/mod.ts";
import { issueLeaf, issueRoot } from "../../lib/x509/write/certificate.ts";
import { writePem } from "../../lib/x509/mod.ts";
import type { Signer } from "./signer.ts";

/** The fields of such a root. */
interface RootFields {
  readonly name: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether it is self-signed, and not the certificate of a CA. */
  readonly isLeaf?: true;
}

/** Makes a root, and a certificate by a signer for its key. @returns DER of both. */
export async function rootUnder(
  signer: Signer,
  { name, notBefore, notAfter, isLeaf }: RootFields,
): Promise<readonly Uint8Array[]> {
  const key = await webCryptoKeys.generate("ed25519");
  const subject = encodeDistinguishedName(name);
  const keyIdentifier = await keyIdentifierOf(readPublicKeyInfo(key.publicKey));
  const fields = {
    serial: 1n,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo: key.publicKey,
    keyIdentifier,
  };
  const root: Bytes = isLeaf
    ? await issueLeaf({
      ...fields,
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: [purposeOid.serverAuth],
      alternativeNames: undefined,
      addresses: { crl: [], ocsp: [], issuer: [] },
    }, { signer: key, name: subject, keyIdentifier })
    : await issueRoot(fields, key);
  return [root, await signer.certify({ trust: writePem("CERTIFICATE", root) })];
}
