/** Codes for everything that can be wrong with input. Their texts are with the other messages. */

/** What can be wrong with a PEM file. `unterminated`: it ends inside a block, as a truncated file does. */
export type PemProblem =
  | "binary"
  | "boundary"
  | "label-mismatch"
  | "unterminated"
  | "headers"
  | "base64"
  | "empty-block";

/** What can be wrong with DER, or with a DER value in its place. */
export type DerProblem =
  | "trailing-bytes"
  | "wrong-type"
  // The encoding of any value (X.690 8.1, 10).
  | "indefinite-length"
  | "length-above-4-gib"
  | "length-not-minimal"
  | "exceeds-outer-value"
  | "tag-number-above-30"
  | "end-of-contents"
  | "reserved-tag-number"
  | "constructed-or-primitive"
  | "nested-too-deep"
  // The simple types (X.690 8.2 to 8.24, 11).
  | "boolean"
  | "negative-integer"
  | "empty-integer"
  | "integer-not-minimal"
  | "integer-above-32767"
  | "object-identifier"
  | "object-identifier-not-minimal"
  | "bit-string"
  | "unused-bits-set"
  | "unused-bits"
  | "null-with-content"
  | "time"
  | "string-bytes"
  // The types of keys, names and extensions.
  | "public-key"
  | "key-parameters"
  | "ec-parameters"
  | "empty-relative-name"
  | "general-name"
  | "no-general-names"
  | "ip-address-length"
  | "no-extensions";

/** What can be wrong with the extensions of a certificate or a request. */
export type ExtensionProblem = "repeated-extension" | "empty-key-usage";

/** What can be wrong with a certificate (RFC 5280 4). */
export type CertificateProblem =
  | ExtensionProblem
  | "version"
  | "serial-number-too-long"
  | "two-signature-algorithms"
  | "public-key";

/** What can be wrong with a request (RFC 2986). */
export type RequestProblem =
  | ExtensionProblem
  | "several-blocks"
  | "other-block"
  | "version"
  | "two-extension-lists";

/** What can be wrong with a CRL (RFC 5280 5). */
export type CrlProblem =
  | "repeated-extension"
  | "serial-number-too-long"
  | "several-blocks"
  | "other-block"
  | "version"
  | "two-signature-algorithms";

/** What can be wrong with a private key (RFC 5208, RFC 5915, RFC 8017, RFC 8410). */
export type PrivateKeyProblem =
  | "pkcs8-version"
  | "not-an-ec-key"
  | "ec-key-without-curve"
  | "ec-key-of-two-curves"
  | "ec-key-length"
  | "ec-parameters-of-another-curve"
  | "ec-parameters-without-key"
  | "ed25519-key-length"
  | "rsa-numbers"
  | "not-of-its-algorithm"
  | "cannot-sign";

/** Why a key cannot be used. */
export type UnsupportedKey =
  | {
    readonly kind: "algorithm";
    /** The algorithm or curve (`secp256k1`, `DSA`); its OBJECT IDENTIFIER in dots if the name is unknown. */
    readonly name: string;
  }
  /** The curve is given by its parameters, not by name. */
  | { readonly kind: "unnamed-curve" }
  | { readonly kind: "multi-prime-rsa" }
  | {
    readonly kind: "long-rsa";
    /** Length of the modulus. */
    readonly bits: number;
  };

/** What can be wrong with the text of a distinguished name (RFC 4514). */
export type DistinguishedNameProblem =
  | "not-unicode"
  | "name-missing"
  | "attribute-type-missing"
  | "attribute-type-unknown"
  | "equals-sign-missing"
  | "unexpected-character"
  | "value-missing"
  | "value-too-long"
  | "value-not-utf8"
  | "value-not-ascii"
  | "value-not-printable-string"
  | "value-not-der"
  | "value-not-a-string"
  | "not-a-country-code";

/** What can be wrong with the text of a name constraint. */
export type NameConstraintProblem =
  | "unknown-kind"
  | "not-a-domain"
  | "not-a-network"
  | "not-a-mail-host"
  | "not-a-uri-host";

/** What can be wrong with the text of an alternative name. */
export type AlternativeNameProblem =
  | "empty"
  | "unknown-kind"
  | "not-a-dns-name"
  | "not-an-ip-address"
  | "not-a-uri"
  | "not-an-email-address";
