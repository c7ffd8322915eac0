/** Encodes the extensions of certificates and CRLs (RFC 5280 4.2, 5.2). */
import {
  accessMethodOid,
  bitString,
  booleanTrue,
  type Bytes,
  contextConstructed,
  contextPrimitive,
  enumerated,
  extensionOid,
  generalizedTime,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  purposeOid,
  sequence,
} from "../encoding/mod.ts";
import { type Extension, type KeyUsage, keyUsages } from "../read/mod.ts";

/** basicConstraints of a leaf, critical (4.2.1.9): an empty SEQUENCE, because `cA` FALSE is the default. */
export function leafConstraints(): Bytes {
  return critical(extensionOid.basicConstraints, sequence());
}

/**
 * basicConstraints of a CA, critical (4.2.1.9).
 *
 * @param pathLength how many CAs may follow between this one and a leaf; `undefined`: any number.
 */
export function caConstraints(pathLength?: number): Bytes {
  const limit = pathLength === undefined ? [] : [integer(BigInt(pathLength))];
  return critical(extensionOid.basicConstraints, sequence(booleanTrue(), ...limit));
}

/** keyUsage, critical (4.2.1.3). @param usages at least one, as 4.2.1.3 requires. */
export function keyUsage(usages: readonly KeyUsage[]): Bytes {
  const bits = usages.map((usage) => keyUsages.indexOf(usage));
  const last = Math.max(...bits);
  if (last < 0) throw new RangeError("keyUsage without a bit");
  const bytes = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  // A named bit list ends at its last 1 (X.690 11.2.2).
  return critical(extensionOid.keyUsage, bitString(bytes, 7 - (last & 7)));
}

/**
 * extendedKeyUsage (4.2.1.12): critical only for timeStamping, as RFC 3161 2.3 demands.
 *
 * @param purposes OBJECT IDENTIFIERs in dots, at least one.
 */
export function extendedKeyUsage(purposes: readonly string[]): Bytes {
  const content = sequence(...purposes.map(objectIdentifier));
  return purposes.includes(purposeOid.timeStamping)
    ? critical(extensionOid.extKeyUsage, content)
    : uncritical(extensionOid.extKeyUsage, content);
}

/** subjectKeyIdentifier (4.2.1.2). */
export function subjectKeyIdentifier(identifier: Uint8Array): Bytes {
  return uncritical(extensionOid.subjectKeyIdentifier, octetString(identifier));
}

/** authorityKeyIdentifier with only a keyIdentifier (4.2.1.1). */
export function authorityKeyIdentifier(identifier: Uint8Array): Bytes {
  return uncritical(extensionOid.authorityKeyIdentifier, sequence(contextPrimitive(0, identifier)));
}

/**
 * subjectAltName (4.2.1.6).
 *
 * @param names DER GeneralNames, copied unchanged.
 * @param subject DER Name. If empty, the extension is critical, because only it identifies the subject.
 */
export function subjectAltName(names: Uint8Array, subject: Uint8Array): Bytes {
  return (isEmptyName(subject) ? critical : uncritical)(extensionOid.subjectAltName, names);
}

/** An empty Name is an empty SEQUENCE: the identifier and the length 0. */
function isEmptyName(name: Uint8Array): boolean {
  return name.length === 2;
}

/** nameConstraints, critical (4.2.1.10). @param constraints DER NameConstraints. */
export function nameConstraints(constraints: Uint8Array): Bytes {
  return critical(extensionOid.nameConstraints, constraints);
}

/**
 * cRLDistributionPoints (4.2.1.13): one point, where the same complete CRL can be fetched in several ways.
 *
 * @param names complete DER GeneralName values, at least one.
 */
export function crlDistributionPoints(names: readonly Uint8Array[]): Bytes {
  const fullName = contextConstructed(0, ...names);
  return uncritical(
    extensionOid.cRLDistributionPoints,
    sequence(sequence(contextConstructed(0, fullName))),
  );
}

/**
 * The content of issuingDistributionPoint (5.2.5), DER: the CRL covers the certificates whose
 * cRLDistributionPoints has one of these names.
 *
 * @param names complete DER GeneralName values, at least one.
 */
export function distributionPointOf(names: readonly Uint8Array[]): Bytes {
  return sequence(contextConstructed(0, contextConstructed(0, ...names)));
}

/** issuingDistributionPoint, critical (5.2.5). @param names as for {@linkcode distributionPointOf}. */
export function issuingDistributionPoint(names: readonly Uint8Array[]): Bytes {
  return critical(extensionOid.issuingDistributionPoint, distributionPointOf(names));
}

/** An AccessDescription: where something about the issuer can be fetched (4.2.2.1). */
export interface AccessDescription {
  readonly method: keyof typeof accessMethodOid;
  /** DER GeneralName. */
  readonly location: Uint8Array;
}

/** authorityInfoAccess, not critical (4.2.2.1). @param descriptions at least one. */
export function authorityInfoAccess(descriptions: readonly AccessDescription[]): Bytes {
  return uncritical(
    extensionOid.authorityInfoAccess,
    sequence(
      ...descriptions.map(({ method, location }) =>
        sequence(objectIdentifier(accessMethodOid[method]), location)
      ),
    ),
  );
}

/** cRLNumber (5.2.3). */
export function crlNumber(number: bigint): Bytes {
  return uncritical(extensionOid.crlNumber, integer(number));
}

/** expiredCertsOnCRL: a GeneralizedTime, not critical (X.509 (2005) 8.5.2.12). */
export function expiredCertsOnCrl(since: Date): Bytes {
  return uncritical(extensionOid.expiredCertsOnCRL, generalizedTime(since));
}

/** reasonCode of a CRL entry (5.3.1). @param reason the code of a CRLReason. */
export function reasonCode(reason: number): Bytes {
  return uncritical(extensionOid.reasonCode, enumerated(reason));
}

/** id-pkix-ocsp-nocheck, not critical (RFC 6960 4.2.2.2.1). */
export function ocspNoCheck(): Bytes {
  return uncritical(extensionOid.ocspNoCheck, nullValue());
}

/** An extension as it was read. */
export function copiedExtension({ oid, critical: isCritical, value }: Extension): Bytes {
  return (isCritical ? critical : uncritical)(oid, value);
}

function critical(oid: string, value: Uint8Array): Bytes {
  return sequence(objectIdentifier(oid), booleanTrue(), octetString(value));
}

function uncritical(oid: string, value: Uint8Array): Bytes {
  return sequence(objectIdentifier(oid), octetString(value));
}
