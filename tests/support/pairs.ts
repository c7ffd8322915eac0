import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/**
 * Real pairs for tests, made in this process: an authority with a self-signed certificate, authorities
 * below it, and leaves with any defects that a test needs.
 *
 * Dates are fixed unless they are given, so that a test with its own clock decides what "now" is: authorities
 * are valid from 2020 to 2050, leaves from 2026-01-01 to 2027-01-01 (UTC).
 */

/** Kinds of key that can be made. */
export type KeyKind = "ec-p256" | "ec-p384" | "ed25519" | "rsa-2048";

/** What an authority is made with. */
export interface AuthorityOptions {
  /** An RFC 4514 name: `CN=Test Root,O=Example`. */
  readonly subject?: string;
  readonly key?: KeyKind;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Extensions instead of the usual basicConstraints (CA), keyUsage and key identifiers. */
  readonly extensions?: readonly x509.Extension[];
  /** Hexadecimal. */
  readonly serialNumber?: string;
}

/** What a leaf is made with. */
export interface IssueOptions {
  /** An RFC 4514 name: `CN=device.example,O=Example`. */
  readonly subject?: string;
  /** Alternative names as `DNS:a.example`, `IP:192.0.2.1`, `URI:urn:device:1`, `email:a@b.example`. */
  readonly names?: readonly string[];
  readonly key?: KeyKind;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** The extendedKeyUsage OIDs; only serverAuth by default. Empty: no such extension. */
  readonly purposes?: readonly string[];
  /** Only digitalSignature by default. */
  readonly keyUsage?: x509.KeyUsageFlags;
  /** Extensions besides the usual ones. */
  readonly extensions?: readonly x509.Extension[];
  /** Hexadecimal. */
  readonly serialNumber?: string;
}

/** A pair as its files hold it. */
export interface TestPair {
  /** The leaf alone. */
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
  /** The leaf, then every authority above it but the root. */
  readonly chainPem: string;
  readonly certificateDer: Uint8Array<ArrayBuffer>;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
}

/** A TLS server with this pair, on a port of the loopback interface that the kernel chooses. */
export function listenWith(
  { chainPem, keyPem }: Pick<TestPair, "chainPem" | "keyPem">,
): Deno.TlsListener {
  return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: chainPem, key: keyPem });
}

/** A certificate authority with its key in memory. */
export interface Authority {
  readonly certificatePem: string;
  readonly certificateDer: Uint8Array<ArrayBuffer>;
  readonly keyPem: string;
  /** This authority and those above it, without the root: a leaf's chain. Empty for a root. */
  readonly intermediatesPem: string;
  readonly privateKey: CryptoKey;
  /** Makes a new key and a leaf certificate for it. */
  issue(options?: IssueOptions): Promise<TestPair>;
  /** Makes an authority below this one. */
  subordinate(options?: AuthorityOptions): Promise<Authority>;
}

/** Makes a root: an authority with a self-signed certificate. */
export async function makeAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  return await authorityBelow(undefined, { subject: "CN=Test Root,O=Example", ...options });
}

interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
  readonly intermediatesPem: string;
}

async function authorityBelow(
  parent: Signer | undefined,
  options: AuthorityOptions,
): Promise<Authority> {
  const keys = await makeKeys(options.key ?? "ec-p256");
  const subject = nameOf(options.subject ?? "CN=Test Intermediate,O=Example");
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: options.serialNumber ?? randomSerial(),
    subject,
    issuer: parent?.certificate.subjectName ?? subject,
    notBefore: options.notBefore ?? new Date("2020-01-01T00:00:00Z"),
    notAfter: options.notAfter ?? new Date("2050-01-01T00:00:00Z"),
    publicKey: keys.publicKey,
    signingKey: (parent?.keys ?? keys).privateKey,
    signingAlgorithm: signingAlgorithm((parent?.keys ?? keys).privateKey),
    extensions: options.extensions ? [...options.extensions] : [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...parent ? [await x509.AuthorityKeyIdentifierExtension.create(parent.keys.publicKey)] : [],
    ],
  });
  const certificatePem = toPem("CERTIFICATE", certificate.rawData);
  const intermediatesPem = parent ? certificatePem + parent.intermediatesPem : "";
  const self: Signer = { certificate, keys, intermediatesPem };
  return {
    certificatePem,
    certificateDer: new Uint8Array(certificate.rawData),
    keyPem: toPem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
    intermediatesPem,
    privateKey: keys.privateKey,
    issue: (issueOptions = {}) => issueLeaf(self, issueOptions),
    subordinate: (subordinateOptions = {}) => authorityBelow(self, subordinateOptions),
  };
}

async function issueLeaf(issuer: Signer, options: IssueOptions): Promise<TestPair> {
  const keys = await makeKeys(options.key ?? "ec-p256");
  const names = (options.names ?? ["DNS:device.example"]).map(alternativeNameOf);
  const purposes = options.purposes ?? [x509.ExtendedKeyUsage.serverAuth];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: options.serialNumber ?? randomSerial(),
    subject: nameOf(options.subject ?? "CN=device.example"),
    issuer: issuer.certificate.subjectName,
    notBefore: options.notBefore ?? new Date("2026-01-01T00:00:00Z"),
    notAfter: options.notAfter ?? new Date("2027-01-01T00:00:00Z"),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: signingAlgorithm(issuer.keys.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(options.keyUsage ?? x509.KeyUsageFlags.digitalSignature, true),
      ...purposes.length > 0 ? [new x509.ExtendedKeyUsageExtension([...purposes])] : [],
      ...names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...options.extensions ?? [],
    ],
  });
  const certificatePem = toPem("CERTIFICATE", certificate.rawData);
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem,
    keyPem: toPem("PRIVATE KEY", pkcs8),
    chainPem: certificatePem + issuer.intermediatesPem,
    certificateDer: new Uint8Array(certificate.rawData),
    pkcs8: new Uint8Array(pkcs8),
  };
}

async function makeKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(keyAlgorithms[kind], true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
}

const keyAlgorithms = {
  "ec-p256": { name: "ECDSA", namedCurve: "P-256" },
  "ec-p384": { name: "ECDSA", namedCurve: "P-384" },
  "ed25519": { name: "Ed25519" },
  "rsa-2048": {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const;

function signingAlgorithm(key: CryptoKey): EcdsaParams | Algorithm {
  const { name } = key.algorithm;
  return name === "ECDSA" ? { name, hash: "SHA-256" } : { name };
}

/** The library encodes a name in the order it is written, RFC 4514 2.1 writes it in reverse. */
function nameOf(text: string): x509.Name {
  return new x509.Name(new x509.Name(text).toJSON().reverse());
}

const alternativeNameTypes = { DNS: "dns", IP: "ip", URI: "url", email: "email" } as const;

function alternativeNameOf(text: string): x509.JsonGeneralName {
  const colon = text.indexOf(":");
  const type = alternativeNameTypes[text.slice(0, colon) as keyof typeof alternativeNameTypes];
  if (type === undefined) throw new Error(`not an alternative name: ${text}`);
  return { type, value: text.slice(colon + 1) };
}

function randomSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Always positive, and without a leading zero octet.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toHex();
}

/** Written here again on purpose: the code that reads pairs must not be tested with its own writer. */
function toPem(label: string, der: ArrayBuffer): string {
  const lines = new Uint8Array(der).toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
