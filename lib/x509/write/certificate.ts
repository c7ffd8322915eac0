/** Issues certificates of roots, intermediates and leaves (RFC 5280 4). */
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  caConstraints,
  copiedExtension,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  leafConstraints,
  nameConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from "./extensions.ts";
import {
  bitString,
  type Bytes,
  contextConstructed,
  extensionOid,
  integer,
  sequence,
  time,
} from "../encoding/mod.ts";
import { encodeNameConstraints, type NameConstraints } from "./name_constraints.ts";
import type { Signer } from "../key/mod.ts";
import { encodeAlternativeName } from "../name/mod.ts";
import type { Certificate, KeyUsage } from "../read/mod.ts";

/** The fields of all certificates. Names and keys are DER, and copied unchanged. */
export interface CertificateFields {
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

/** Where to fetch what belongs to the issuer. URIs; nothing is written for an empty list. */
export interface IssuerAddresses {
  /** cRLDistributionPoints (RFC 5280 4.2.1.13): the issuer's CRL. */
  readonly crl: readonly string[];
  /** authorityInfoAccess, id-ad-ocsp (4.2.2.1): an OCSP responder. */
  readonly ocsp: readonly string[];
  /** authorityInfoAccess, id-ad-caIssuers (4.2.2.1): the issuer's certificate. */
  readonly issuer: readonly string[];
}

/** The fields of certificates that another CA signs. */
interface IssuedFields extends CertificateFields {
  /** OBJECT IDENTIFIERs in dots. Empty: no such extension, which allows every purpose. */
  readonly extendedKeyUsage: readonly string[];
  readonly addresses: IssuerAddresses;
}

/** The fields of a leaf certificate. */
export interface LeafFields extends IssuedFields {
  /** At least one. */
  readonly keyUsage: readonly KeyUsage[];
  /** DER GeneralNames, if any. */
  readonly alternativeNames: Uint8Array | undefined;
}

/** The fields of an intermediate's certificate. */
export interface IntermediateFields extends IssuedFields {
  /** How many CAs may follow below it; `undefined`: any number. */
  readonly pathLength: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
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
      caConstraints(),
      keyUsage(caKeyUsage),
      subjectKeyIdentifier(fields.keyIdentifier),
    ],
  });
}

/**
 * Issues the certificate of an intermediate CA.
 *
 * @returns DER Certificate (RFC 5280 4.1).
 * @throws InvalidNameConstraintError, InvalidAlternativeNameError for an address that is not a URI.
 */
export async function issueIntermediate(
  fields: IntermediateFields,
  authority: Authority,
): Promise<Bytes> {
  const constraints = fields.nameConstraints && encodeNameConstraints(fields.nameConstraints);
  return await sign(authority.signer, {
    ...fields,
    issuer: authority.name,
    extensions: [
      caConstraints(fields.pathLength),
      keyUsage(caKeyUsage),
      ...purposes(fields),
      ...(constraints === undefined ? [] : [nameConstraints(constraints)]),
      authorityKeyIdentifier(authority.keyIdentifier),
      subjectKeyIdentifier(fields.keyIdentifier),
      ...addresses(fields),
    ],
  });
}

/** The fields of a cross-certificate. */
export interface CrossFields extends Pick<CertificateFields, "serial" | "notBefore" | "notAfter"> {
  /** As in {@linkcode IntermediateFields}. */
  readonly pathLength: number | undefined;
  readonly addresses: IssuerAddresses;
}

/**
 * Issues a cross-certificate (RFC 5280 3.2): a certificate for the name and the key of another CA. What the
 * certificate of that CA restricts it to stays: its name constraints and its purposes.
 *
 * @param other the own certificate of the other CA, with a subjectKeyIdentifier.
 * @returns DER Certificate (RFC 5280 4.1).
 * @throws InvalidAlternativeNameError for an address that is not a URI.
 */
export async function issueCrossCertificate(
  fields: CrossFields,
  { other, authority }: { readonly other: Certificate; readonly authority: Authority },
): Promise<Bytes> {
  const { subject, subjectPublicKeyInfo, subjectKeyIdentifier: keyIdentifier, extensions } = other;
  if (keyIdentifier === undefined) throw new TypeError("a CA without a subjectKeyIdentifier");
  const restrictions = extensions.filter(({ oid }) =>
    oid === extensionOid.nameConstraints || oid === extensionOid.extKeyUsage
  );
  return await sign(authority.signer, {
    ...fields,
    subject: subject.der,
    publicKeyInfo: subjectPublicKeyInfo.der,
    issuer: authority.name,
    extensions: [
      caConstraints(fields.pathLength),
      keyUsage(caKeyUsage),
      ...restrictions.map(copiedExtension),
      authorityKeyIdentifier(authority.keyIdentifier),
      subjectKeyIdentifier(keyIdentifier),
      ...addresses(fields),
    ],
  });
}

/**
 * Issues a leaf certificate.
 *
 * @returns DER Certificate (RFC 5280 4.1).
 * @throws InvalidAlternativeNameError for an address that is not a URI.
 */
export async function issueLeaf(fields: LeafFields, authority: Authority): Promise<Bytes> {
  const names = fields.alternativeNames;
  return await sign(authority.signer, {
    ...fields,
    issuer: authority.name,
    extensions: [
      leafConstraints(),
      keyUsage(fields.keyUsage),
      ...purposes(fields),
      ...(names === undefined ? [] : [subjectAltName(names, fields.subject)]),
      authorityKeyIdentifier(authority.keyIdentifier),
      subjectKeyIdentifier(fields.keyIdentifier),
      ...addresses(fields),
    ],
  });
}

/** What CAs use their keys for. */
const caKeyUsage = ["keyCertSign", "cRLSign"] as const;

function purposes({ extendedKeyUsage: wanted }: IssuedFields): readonly Bytes[] {
  return wanted.length === 0 ? [] : [extendedKeyUsage(wanted)];
}

function addresses(
  { addresses: { crl, ocsp, issuer } }: Pick<IssuedFields, "addresses">,
): readonly Bytes[] {
  const access = [
    ...ocsp.map((uri) => ({ method: "ocsp", location: uriName(uri) } as const)),
    ...issuer.map((uri) => ({ method: "caIssuers", location: uriName(uri) } as const)),
  ];
  return [
    ...(crl.length === 0 ? [] : [crlDistributionPoints(crl.map(uriName))]),
    ...(access.length === 0 ? [] : [authorityInfoAccess(access)]),
  ];
}

/** A URI as a GeneralName, DER. */
export function uriName(uri: string): Bytes {
  return encodeAlternativeName(`URI:${uri}`);
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
