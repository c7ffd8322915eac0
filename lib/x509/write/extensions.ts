/** Encodes the extensions of certificates and CRLs (RFC 5280 4.2, 5.2). */
import {
  bitString,
  booleanTrue,
  type Bytes,
  contextPrimitive,
  enumerated,
  extensionOid,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  purposeOid,
  sequence,
} from "../encoding/mod.ts";

/** basicConstraints, critical (4.2.1.9). For a leaf an empty SEQUENCE, because `cA` FALSE is the default. */
export function basicConstraints(kind: "ca" | "leaf"): Bytes {
  return critical(
    extensionOid.basicConstraints,
    kind === "ca" ? sequence(booleanTrue()) : sequence(),
  );
}

/** The bits of keyUsage that certswap sets, numbered as in RFC 5280 4.2.1.3. */
const keyUsageBits = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

/** keyUsage, critical (4.2.1.3). */
export function keyUsage(...usages: readonly (keyof typeof keyUsageBits)[]): Bytes {
  const bits: number[] = usages.map((usage) => keyUsageBits[usage]);
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  // A named bit list ends at its last 1 (X.690 11.2.2).
  return critical(extensionOid.keyUsage, bitString(Uint8Array.of(byte), 7 - Math.max(...bits)));
}

/** extendedKeyUsage, not critical (4.2.1.12). */
export function extendedKeyUsage(...purposes: readonly (keyof typeof purposeOid)[]): Bytes {
  return uncritical(
    extensionOid.extKeyUsage,
    sequence(...purposes.map((purpose) => objectIdentifier(purposeOid[purpose]))),
  );
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

/** cRLNumber (5.2.3). */
export function crlNumber(number: bigint): Bytes {
  return uncritical(extensionOid.crlNumber, integer(number));
}

/** expiredCertsOnCRL, not critical (X.509 8.5.2.12): a GeneralizedTime, also before 2050. */
export function expiredCertsOnCrl(since: Date): Bytes {
  return uncritical(extensionOid.expiredCertsOnCRL, generalizedTime(since));
}

/** reasonCode of a CRL entry (5.3.1). @param reason the code of a CRLReason. */
export function reasonCode(reason: number): Bytes {
  return uncritical(extensionOid.reasonCode, enumerated(reason));
}

function critical(oid: string, value: Uint8Array): Bytes {
  return sequence(objectIdentifier(oid), booleanTrue(), octetString(value));
}

function uncritical(oid: string, value: Uint8Array): Bytes {
  return sequence(objectIdentifier(oid), octetString(value));
}
