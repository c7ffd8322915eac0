/** A linter of certificates and CRLs: each lint checks one clause of RFC 5280. */
import { bytesEqual, extensionOid, purposeOid } from "../../../lib/x509/mod.ts";
import type { Certificate } from "../../../lib/x509/read/certificate.ts";
import type { Crl } from "../../../lib/x509/read/crl.ts";
import { keyIdentifierOf } from "../../../lib/x509/key/key_identifier.ts";

/** A certificate and the one of its issuer. */
export interface Linted {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** Whether a certificate keeps a clause. */
type Lint = (linted: Linted) => boolean | Promise<boolean>;

const isSelfIssued = ({ certificate: { subject, issuer } }: Linted): boolean =>
  bytesEqual(subject.der, issuer.der);
const isCa = ({ certificate }: Linted): boolean => certificate.basicConstraints?.ca === true;
const hasNoSubject = ({ subject }: Certificate): boolean => subject.relativeNames.length === 0;
const find = (
  { extensions }: Certificate,
  oid: string,
): Certificate["extensions"][number] | undefined =>
  extensions.find((extension) => extension.oid === oid);
const isCritical = ({ certificate }: Linted, oid: string): boolean | undefined =>
  find(certificate, oid)?.critical;

/** The lints of certificates, by their clauses. */
export const certificateLints = {
  "4.1.2.1: version 3 if there are extensions": ({ certificate }) => certificate.version === 3,
  "4.1.2.2: a positive serial number of at most 20 octets": ({ certificate: { serial } }) =>
    serial > 0n && serial < 2n ** 159n,
  "4.1.2.4: an issuer that is not empty": ({ certificate: { issuer } }) =>
    issuer.relativeNames.length > 0,
  "4.1.2.4: the issuer is the subject of its CA, as encoded": ({ certificate, issuer }) =>
    bytesEqual(certificate.issuer.der, issuer.subject.der),
  "4.1.2.5: a validity that does not end before it begins": ({ certificate }) =>
    certificate.notBefore <= certificate.notAfter,
  "4.1.2.6: a CA has a subject": (linted) => !isCa(linted) || !hasNoSubject(linted.certificate),
  "4.2.1.1: an authorityKeyIdentifier unless self-signed": (linted) =>
    isSelfIssued(linted) || linted.certificate.authorityKeyIdentifier !== undefined,
  "4.2.1.1: it is the subjectKeyIdentifier of the issuer": ({ certificate, issuer }) =>
    certificate.authorityKeyIdentifier === undefined ||
    issuer.subjectKeyIdentifier !== undefined &&
      bytesEqual(certificate.authorityKeyIdentifier, issuer.subjectKeyIdentifier),
  "4.2.1.1: not critical": (linted) =>
    isCritical(linted, extensionOid.authorityKeyIdentifier) !== true,
  "4.2.1.2: a subjectKeyIdentifier of method 1": async ({ certificate }) =>
    certificate.subjectKeyIdentifier !== undefined &&
    bytesEqual(
      certificate.subjectKeyIdentifier,
      await keyIdentifierOf(certificate.subjectPublicKeyInfo),
    ),
  "4.2.1.2: not critical": (linted) =>
    isCritical(linted, extensionOid.subjectKeyIdentifier) === false,
  "4.2.1.3: keyUsage is critical": (linted) => isCritical(linted, extensionOid.keyUsage) === true,
  "4.2.1.3: keyCertSign exactly in CA certificates": (linted) =>
    linted.certificate.keyUsage?.includes("keyCertSign") === isCa(linted),
  "4.2.1.3: encipherOnly and decipherOnly only with keyAgreement": ({ certificate }) => {
    const usage = certificate.keyUsage ?? [];
    return usage.includes("keyAgreement") ||
      !usage.includes("encipherOnly") && !usage.includes("decipherOnly");
  },
  "4.2.1.6: subjectAltName is critical if the subject is empty": (linted) =>
    !hasNoSubject(linted.certificate) || isCritical(linted, extensionOid.subjectAltName) === true,
  "4.2.1.9: basicConstraints is critical": (linted) =>
    isCritical(linted, extensionOid.basicConstraints) === true,
  "4.2.1.9: pathLenConstraint only in CA certificates": (linted) =>
    isCa(linted) || linted.certificate.basicConstraints?.pathLength === undefined,
  "4.2.1.10: nameConstraints only in CA certificates, critical": (linted) =>
    isCritical(linted, extensionOid.nameConstraints) !== false &&
    (isCa(linted) || find(linted.certificate, extensionOid.nameConstraints) === undefined),
  "4.2.1.12: anyExtendedKeyUsage is not critical": (linted) =>
    linted.certificate.extKeyUsage?.includes(purposeOid.anyExtendedKeyUsage) !== true ||
    isCritical(linted, extensionOid.extKeyUsage) === false,
  "4.2.1.13: cRLDistributionPoints is not critical": (linted) =>
    isCritical(linted, extensionOid.cRLDistributionPoints) !== true,
  "4.2.2.1: authorityInfoAccess is not critical": (linted) =>
    isCritical(linted, extensionOid.authorityInfoAccess) !== true,
} as const satisfies Readonly<Record<string, Lint>>;

/** The lints of CRLs, by their clauses. */
export const crlLints = {
  "5.1.2.5: a nextUpdate, after thisUpdate": ({ nextUpdate, thisUpdate }) =>
    nextUpdate !== undefined && nextUpdate > thisUpdate,
  "5.2: no critical extension": ({ criticalExtensions }) => criticalExtensions.length === 0,
  "5.2.1: one authorityKeyIdentifier": ({ hasRepeatedAuthorityKeyIdentifier }) =>
    !hasRepeatedAuthorityKeyIdentifier,
  "5.2.3: a cRLNumber of at most 20 octets": ({ number }) =>
    number !== undefined && number < 2n ** 159n,
} as const satisfies Readonly<Record<string, (crl: Crl) => boolean>>;

/** The names of the lints that a certificate breaks. */
export async function lintCertificate(linted: Linted): Promise<string[]> {
  const results = await Promise.all(
    Object.entries<Lint>(certificateLints).map(async ([clause, lint]) =>
      await lint(linted) ? [] : [clause]
    ),
  );
  return results.flat();
}

/** The names of the lints that a CRL breaks. */
export function lintCrl(crl: Crl): string[] {
  return Object.entries(crlLints).flatMap(([clause, lint]) => lint(crl) ? [] : [clause]);
}
