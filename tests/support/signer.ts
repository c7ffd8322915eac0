import { issueIntermediate, issueLeaf, issueRoot } from "../../lib/x509/write/certificate.ts";
import { purposeOid } from "../../lib/x509/encoding/oids.ts";
import { keyIdentifierOf } from "../../lib/x509/key/key_identifier.ts";
import { encodeDistinguishedName } from "../../lib/x509/name/distinguished_name.ts";
import { readCertificateFile, writePem } from "../../lib/x509/mod.ts";
import { readPublicKeyInfo } from "../../lib/x509/key/public_key.ts";
import { readRequestFile } from "../../lib/x509/read/request.ts";
import { webCryptoKeys } from "../../lib/x509/key/signer.ts";

/** The terms of a signature, besides the request. */
export interface Terms {
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Leaves out all requested names. */
  readonly omitsNames?: true;
}

/**
 * An authority that signs requests in a fraction of a millisecond, for tests that need thousands of
 * certificates. The same request and terms give the same certificate.
 */
export interface Signer {
  /** Its certificate, PEM. */
  readonly trust: string;
  /** @returns PEM of the requested leaf certificate. */
  sign(request: Uint8Array, terms: Terms): Promise<string>;
  /** @returns DER of a certificate for the key of another signer: a cross-certificate (RFC 4210 4.4). */
  certify(other: Pick<Signer, "trust">, terms?: Partial<Terms>): Promise<Uint8Array>;
}

/** Makes a signer with a new key. */
export async function makeSigner(name = "CN=Test Signer"): Promise<Signer> {
  const key = await webCryptoKeys.generate("ecdsa-p256");
  const subject = encodeDistinguishedName(name);
  const keyIdentifier = await keyIdentifierOf(readPublicKeyInfo(key.publicKey));
  const root = await issueRoot({
    serial: 1n,
    subject,
    notBefore: new Date("2000-01-01T00:00:00Z"),
    notAfter: new Date("2100-01-01T00:00:00Z"),
    publicKeyInfo: key.publicKey,
    keyIdentifier,
  }, key);
  const signed = new Map<string, string>();
  let serial = 1n;
  return {
    trust: writePem("CERTIFICATE", root),
    async sign(request, terms) {
      const { notBefore, notAfter, omitsNames = false } = terms;
      const id = `${request.toHex()} ${notBefore.getTime()} ${notAfter.getTime()} ${omitsNames}`;
      const known = signed.get(id);
      if (known !== undefined) return known;
      const { subject: requested, subjectPublicKeyInfo, alternativeNames } = readRequestFile(
        request,
      );
      const der = await issueLeaf({
        serial: ++serial,
        subject: requested.der,
        notBefore,
        notAfter,
        publicKeyInfo: subjectPublicKeyInfo.der,
        keyIdentifier: await keyIdentifierOf(subjectPublicKeyInfo),
        keyUsage: ["digitalSignature"],
        extendedKeyUsage: [purposeOid.serverAuth, purposeOid.clientAuth],
        alternativeNames: omitsNames ? undefined : alternativeNames,
        addresses: { crl: [], ocsp: [], issuer: [] },
      }, { signer: key, name: subject, keyIdentifier });
      const pem = writePem("CERTIFICATE", der);
      signed.set(id, pem);
      return pem;
    },
    async certify({ trust }, terms = {}) {
      const { leaf } = readCertificateFile(new TextEncoder().encode(trust));
      return await issueIntermediate({
        serial: 0x7000n,
        subject: leaf.subject.der,
        notBefore: terms.notBefore ?? new Date("2000-01-01T00:00:00Z"),
        notAfter: terms.notAfter ?? new Date("2100-01-01T00:00:00Z"),
        publicKeyInfo: leaf.subjectPublicKeyInfo.der,
        keyIdentifier: await keyIdentifierOf(leaf.subjectPublicKeyInfo),
        extendedKeyUsage: [],
        pathLength: undefined,
        nameConstraints: undefined,
        addresses: { crl: [], ocsp: [], issuer: [] },
      }, { signer: key, name: subject, keyIdentifier });
    },
  };
}
