/** Short texts for the problem codes of `lib/x509`. */
import {
  type AlternativeNameProblem,
  type CertificateProblem,
  type CrlProblem,
  type DerProblem,
  type DistinguishedNameProblem,
  formatPurpose,
  type NameConstraintProblem,
  nameOfOid,
  type PemProblem,
  type PrivateKeyProblem,
  type RequestProblem,
  type UnsupportedKey,
} from "../../../x509/mod.ts";

/** Formats extensions with name and OBJECT IDENTIFIER: `policyConstraints (2.5.29.36)`. */
export function formatExtensions(oids: readonly string[]): string {
  return oids.map((oid) => nameOfOid(oid) === oid ? oid : `${nameOfOid(oid)} (${oid})`).join(", ");
}

/** Formats purposes by name, or OBJECT IDENTIFIER if they have none: `serverAuth, 1.3.6.1.5.5.7.3.17`. */
export function formatPurposes(oids: readonly string[]): string {
  return oids.map(formatPurpose).join(", ");
}

/** A text for every problem of a kind, enforced by the compiler. */
type Texts<Problem extends string> = Readonly<Record<Problem, string>>;

/** PEM. */
export const pemProblems: Texts<PemProblem> = {
  "binary": "binary data",
  "boundary": "a malformed BEGIN or END line",
  "label-mismatch": "the END line does not match the BEGIN line",
  "unterminated": "this block has no END line, so the file is truncated",
  "headers": "header lines, which are not allowed in certificates and keys",
  "base64": "not base64",
  "empty-block": "an empty block",
};

/** DER. */
export const derProblems: Texts<DerProblem> = {
  "trailing-bytes": "trailing bytes",
  "wrong-type": "wrong type",
  "indefinite-length": "indefinite length",
  "length-above-4-gib": "length above 4 GiB",
  "length-not-minimal": "length encoded in more bytes than necessary",
  "exceeds-outer-value": "a missing value, or a value that extends beyond its container",
  "tag-number-above-30": "tag number above 30",
  "end-of-contents": "end-of-contents",
  "reserved-tag-number": "reserved tag number 15",
  "constructed-or-primitive": "constructed instead of primitive, or the reverse",
  "nested-too-deep": "values nested too deeply",
  "boolean": "not a BOOLEAN",
  "negative-integer": "negative INTEGER",
  "empty-integer": "empty INTEGER",
  "integer-not-minimal": "INTEGER encoded in more bytes than necessary",
  "integer-above-32767": "INTEGER above 32767",
  "object-identifier": "not an OBJECT IDENTIFIER",
  "object-identifier-not-minimal": "OBJECT IDENTIFIER encoded in more bytes than necessary",
  "bit-string": "not a BIT STRING",
  "unused-bits-set": "unused bits that are set",
  "unused-bits": "unused bits",
  "null-with-content": "NULL with content",
  "time": "not a time",
  "string-bytes": "a string with bytes that its type does not allow",
  "public-key": "not a public key",
  "key-parameters": "parameters that do not match the key's algorithm",
  "ec-parameters": "not EC parameters",
  "empty-relative-name": "a relative name without attributes",
  "general-name": "not a GeneralName",
  "no-general-names": "no names",
  "ip-address-length": "an IP address that is not 4 or 16 bytes long",
  "no-extensions": "no extensions",
};

const extensionProblems = {
  "repeated-extension": "a repeated extension",
  "empty-key-usage": "an empty keyUsage",
} as const;

const longSerial = "a serial number of more than 20 bytes";

const twoAlgorithms = "two different signature algorithms";

/** Certificates. */
export const certificateProblems: Texts<CertificateProblem> = {
  ...extensionProblems,
  "version": "a version other than 1 and 3",
  "serial-number-too-long": longSerial,
  "two-signature-algorithms": twoAlgorithms,
  "public-key": "a public key that does not match its algorithm",
};

/** Requests. */
export const requestProblems: Texts<RequestProblem> = {
  ...extensionProblems,
  "several-blocks": "several PEM blocks",
  "other-block": "the PEM block is not a 'CERTIFICATE REQUEST'",
  "version": "a version other than 1",
  "two-extension-lists": "two lists of extensions",
};

/** CRLs. */
export const crlProblems: Texts<CrlProblem> = {
  "repeated-extension": extensionProblems["repeated-extension"],
  "serial-number-too-long": longSerial,
  "several-blocks": "several PEM blocks",
  "other-block": "the PEM block is not an 'X509 CRL'",
  "version": "a version other than 1 and 2",
  "two-signature-algorithms": twoAlgorithms,
};

/** Private keys. */
export const privateKeyProblems: Texts<PrivateKeyProblem> = {
  "pkcs8-version": "a PKCS#8 version other than 1 and 2",
  "not-an-ec-key": "not an EC private key",
  "ec-key-without-curve": "an EC key that names no curve",
  "ec-key-of-two-curves": "an EC key that names two curves",
  "ec-key-length": "an EC key that is too long for its curve",
  "ec-parameters-of-another-curve": "an EC key whose curve differs from the parameters before it",
  "ec-parameters-without-key": "EC parameters without a key",
  "ed25519-key-length": "an Ed25519 key that is not 32 bytes long",
  "rsa-numbers": "an RSA key with inconsistent numbers",
  "not-of-its-algorithm": "a key that does not match its algorithm",
  "cannot-sign": "a key that cannot sign",
};

/** Describes a kind of key that cannot be used. */
export function describeUnsupportedKey(key: UnsupportedKey): string {
  switch (key.kind) {
    case "algorithm":
      return key.name;
    case "unnamed-curve":
      return "EC with an unnamed curve";
    case "multi-prime-rsa":
      return "multi-prime RSA";
    case "long-rsa":
      return `RSA of ${key.bits} bits`;
  }
}

/** Distinguished names as text. */
export const nameProblems: Texts<DistinguishedNameProblem> = {
  "not-unicode": "it is not Unicode text",
  "name-missing": "it is empty",
  "attribute-type-missing": "an attribute type such as CN is missing",
  "attribute-type-unknown": "unknown attribute type",
  "equals-sign-missing": "'=' is missing",
  "unexpected-character": "unexpected character",
  "value-missing": "a value is missing",
  "value-too-long": "a value is too long",
  "value-not-utf8": "a value is not UTF-8",
  "value-not-ascii": "a value may contain only ASCII",
  "value-not-printable-string": "a value may contain only letters, digits and '()+,-./:=?",
  "value-not-der": "a value after '#' is not DER in hexadecimal",
  "value-not-a-string": "a value after '#' has a type that names cannot have",
  "not-a-country-code": "a country must be a two-letter code",
};

/** Alternative names as text. */
export const sanProblems: Texts<AlternativeNameProblem> = {
  "empty": "a name is empty",
  "unknown-kind": "it must start with DNS:, IP:, URI: or email:",
  "not-a-dns-name": "not a DNS name (in ASCII)",
  "not-an-ip-address": "not an IP address",
  "not-a-uri": "not an absolute URI (in ASCII)",
  "not-an-email-address": "not an email address (in ASCII)",
};

/** Problems of name constraints. */
export const nameConstraintProblems: Texts<NameConstraintProblem> = {
  "unknown-kind": "it must start with DNS:, IP:, URI: or email:",
  "not-a-domain": "not a domain name (in ASCII, without * and leading dot)",
  "not-a-network": "not a network (ADDRESS/LENGTH, with no bits set after LENGTH)",
  "not-a-mail-host": "not an email address, host, or domain with a leading dot",
  "not-a-uri-host": "not a host, or domain with a leading dot",
};
