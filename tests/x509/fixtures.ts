/** Keys and certificates made with OpenSSL, in testdata/ (scripts/make_fixtures.sh). For tests only. */
import facts from "./testdata/certificates.json" with { type: "json" };

const directory = new URL("./testdata/", import.meta.url);

/** A certificate, and what OpenSSL reads from it. */
export interface CertificateFixture {
  readonly pem: string;
  /** In the form of `-nameopt RFC2253`. */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint: string;
}

/** The names of the certificates. */
export type CertificateName = keyof typeof facts;

/** A private key, PEM. The passphrase of the encrypted ones is `secret`. */
export function keyPem(name: string): string {
  return Deno.readTextFileSync(new URL(`keys/${name}.pem`, directory));
}

/** All private keys, PEM. */
export function allKeyPems(): string[] {
  return [...Deno.readDirSync(new URL("keys/", directory))].map(({ name }) => name).sort()
    .map((name) => keyPem(name.replace(/\.pem$/, "")));
}

/** A certificate, PEM. */
export function certificatePem(name: CertificateName): string {
  return Deno.readTextFileSync(new URL(`certificates/${name}.pem`, directory));
}

/** All certificates, by name. */
export function allCertificates(): [CertificateName, CertificateFixture][] {
  return Object.entries(facts).map(([name, fact]) => [
    name as CertificateName,
    { pem: certificatePem(name as CertificateName), ...fact },
  ]);
}
