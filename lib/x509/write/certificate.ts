/** Issues root and leaf certificates (RFC 5280 4). */
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from "./extensions.ts";
import {
  bitString,
  type Bytes,
  contextConstructed,
  integer,
  sequence,
  time,
} from "../encoding/mod.ts";
import { type KeyKind, keyKinds, type Signer } from "../key/mod.ts";

/** The fields of root and leaf certificates. Names and keys are DER, and copied unchanged. */
interface CertificateFields {
  /** Positive, at most 20 bytes long (RFC 5280 4.1.2.2). */
  readonly serial: bigint;
  /** DER Name. */
  readonly subject: Uint8Array;
  /** To the second. */
  readonly notBefore: Date;
  /** To the second. */
  readonly notAfter: Date;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
  /** The subjectKeyIdentifier, see {@linkcode keyIdentifierOf}. */
  readonly keyIdentifier: Uint8Array;
}

/** The fields of a leaf certificate. */
interface LeafFields extends CertificateFields {
  /** The kind of `publicKeyInfo`. It determines the keyUsage. */
  readonly keyKind: KeyKind;
  /** DER GeneralNames, if any. */
  readonly alternativeNames: Uint8Array | undefined;
}

/** The CA that signs a leaf certificate or a CRL. */
export interface Authority {
  readonly signer: Signer;
  /** DER Name: the subject of the CA's certificate. */
  readonly name: Uint8Array;
  /** The subjectKeyIdentifier of that certificate. */
  readonly keyIdentifier: Uint8Array;
}

/**
 * Issues a self-signed CA certificate.
 *
 * @returns DER Certificate (RFC 5280 4.1).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   encodeDistinguishedName,
 *   formatName,
 *   issueRoot,
 *   keyIdentifierOf,
 *   readCertificate,
 *   readPublicKeyInfo,
 *   webCryptoKeys,
 * } from "../mod.ts";
 *
 * const key = await webCryptoKeys.generate("ecdsa-p256");
 * const der = await issueRoot({
 *   serial: 1n,
 *   subject: encodeDistinguishedName("CN=My Root CA,C=US"),
 *   notBefore: new Date("2026-01-01T00:00:00Z"),
 *   notAfter: new Date("2036-01-01T00:00:00Z"),
 *   publicKeyInfo: key.publicKey,
 *   keyIdentifier: await keyIdentifierOf(readPublicKeyInfo(key.publicKey)),
 * }, key);
 * const root = readCertificate(der);
 * assert.equal(formatName(root.subject), "CN=My Root CA,C=US");
 * assert.deepEqual(root.notAfter, new Date("2036-01-01T00:00:00Z"));
 * ```
 */
export function issueRoot(fields: CertificateFields, signer: Signer): Promise<Bytes> {
  return sign(signer, {
    ...fields,
    issuer: fields.subject,
    extensions: [
      basicConstraints("ca"),
      keyUsage("keyCertSign", "cRLSign"),
      subjectKeyIdentifier(fields.keyIdentifier),
    ],
  });
}

/** Issues a leaf certificate. @returns DER Certificate (RFC 5280 4.1). */
export function issueLeaf(fields: LeafFields, authority: Authority): Promise<Bytes> {
  const names = fields.alternativeNames;
  return sign(authority.signer, {
    ...fields,
    issuer: authority.name,
    extensions: [
      basicConstraints("leaf"),
      keyUsage(...keyKinds[fields.keyKind].keyUsage),
      // Without it, OpenVPN (remote-cert-tls) and Apple's systems do not accept it for a TLS server.
      extendedKeyUsage("serverAuth", "clientAuth"),
      ...(names === undefined ? [] : [subjectAltName(names, fields.subject)]),
      authorityKeyIdentifier(authority.keyIdentifier),
      subjectKeyIdentifier(fields.keyIdentifier),
    ],
  });
}

/** The fields of any certificate. */
export interface ToBeSigned extends Omit<CertificateFields, "keyIdentifier"> {
  readonly issuer: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

/** Signs a certificate. @returns DER Certificate. */
export async function sign(signer: Signer, fields: ToBeSigned): Promise<Bytes> {
  const algorithm = signer.algorithm.signature;
  const tbsCertificate = sequence(
    version3,
    integer(fields.serial),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.publicKeyInfo,
    contextConstructed(3, sequence(...fields.extensions)),
  );
  return sequence(tbsCertificate, algorithm, bitString(await signer.sign(tbsCertificate)));
}

/** `version [0] EXPLICIT`: 2 means v3. */
const version3 = contextConstructed(0, integer(2n));
