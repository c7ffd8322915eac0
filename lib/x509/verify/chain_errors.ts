/** Errors of chains: what is wrong with the certificate at fault. */
import { CertswapError } from "../../system/errors.ts";
import type { Certificate } from "../read/certificate.ts";
import type { KeyUsage } from "../read/extensions.ts";

/** A chain does not verify. `certificate` is the one that fails. */
export abstract class ChainError extends CertswapError {
  readonly certificate: Certificate;

  constructor(developerText: string, certificate: Certificate, options?: ErrorOptions) {
    super(developerText, options);
    this.certificate = certificate;
  }
}

/** Nobody among the intermediates and anchors is named as the issuer of `certificate`. */
export class IssuerNotFoundError extends ChainError {
  readonly code = "chain-issuer-not-found";

  constructor(certificate: Certificate) {
    super("no certificate of its issuer", certificate);
  }
}

/** The signature on `certificate` was not made by the key of `issuer`. */
export class BadSignatureError extends ChainError {
  readonly code = "chain-bad-signature";
  readonly issuer: Certificate;

  constructor(certificate: Certificate, issuer: Certificate, options?: ErrorOptions) {
    super("the signature does not verify", certificate, options);
    this.issuer = issuer;
  }
}

/** The signature on `certificate` is of an algorithm that is broken (MD5, SHA-1) or not known here. */
export class RefusedSignatureAlgorithmError extends ChainError {
  readonly code = "chain-refused-signature-algorithm";
  /** Its name where it is known (`sha1WithRSAEncryption`), else its OBJECT IDENTIFIER in dots. */
  readonly algorithm: string;

  constructor(certificate: Certificate, algorithm: string) {
    super(`refused signature algorithm ${algorithm}`, certificate);
    this.algorithm = algorithm;
  }
}

/** The notAfter of `certificate` is past. */
export class ExpiredError extends ChainError {
  readonly code = "chain-expired";

  constructor(certificate: Certificate) {
    super("expired", certificate);
  }
}

/** The notBefore of `certificate` is yet to come. */
export class NotYetValidError extends ChainError {
  readonly code = "chain-not-yet-valid";

  constructor(certificate: Certificate) {
    super("not yet valid", certificate);
  }
}

/** `certificate` has issued another one and is no CA (basicConstraints, RFC 5280 6.1.4 k). */
export class NotAnAuthorityError extends ChainError {
  readonly code = "chain-not-an-authority";

  constructor(certificate: Certificate) {
    super("not a CA", certificate);
  }
}

/** `certificate` has issued another one and its keyUsage lacks keyCertSign (RFC 5280 6.1.4 n). */
export class MayNotSignError extends ChainError {
  readonly code = "chain-may-not-sign";

  constructor(certificate: Certificate) {
    super("keyUsage without keyCertSign", certificate);
  }
}

/** More CAs stand below `certificate` than its pathLenConstraint allows (RFC 5280 6.1.4 m). */
export class PathLengthError extends ChainError {
  readonly code = "chain-path-length";
  readonly limit: number;

  constructor(certificate: Certificate, limit: number) {
    super(`more than ${limit} CAs below`, certificate);
    this.limit = limit;
  }
}

/** `certificate` holds critical extensions that are not processed here: it is refused (RFC 5280 4.2). */
export class UnknownCriticalExtensionError extends ChainError {
  readonly code = "chain-unknown-critical-extension";
  /** In dots. */
  readonly extensions: readonly string[];

  constructor(certificate: Certificate, extensions: readonly string[]) {
    super(`unknown critical extensions: ${extensions.join(" ")}`, certificate);
    this.extensions = extensions;
  }
}

/** The key of `certificate` is too short, or of a kind that verifies nothing here. */
export class UnusableIssuerKeyError extends ChainError {
  readonly code = "chain-unusable-issuer-key";

  constructor(certificate: Certificate, options?: ErrorOptions) {
    super("unusable public key", certificate, options);
  }
}

/** There are more ways from `certificate` to an anchor than are tried, or only longer ones. */
export class ChainTooLongError extends ChainError {
  readonly code = "chain-too-long";

  constructor(certificate: Certificate) {
    super("too many or too long paths", certificate);
  }
}

/** `certificate` does not allow a purpose that is needed, by its extendedKeyUsage (RFC 5280 4.2.1.12). */
export class PurposeNotAllowedError extends ChainError {
  readonly code = "chain-purpose-not-allowed";
  /** OBJECT IDENTIFIERs in dots. At least one. */
  readonly purposes: readonly string[];

  constructor(certificate: Certificate, purposes: readonly string[]) {
    super(`extendedKeyUsage without ${purposes.join(" ")}`, certificate);
    this.purposes = purposes;
  }
}

/** The keyUsage of `certificate` does not let its key do what its purpose takes (RFC 5280 4.2.1.3). */
export class UnsuitableKeyUsageError extends ChainError {
  readonly code = "chain-unsuitable-key-usage";
  readonly keyUsage: readonly KeyUsage[];
  /** Any of these would do. */
  readonly suitable: readonly KeyUsage[];

  constructor(
    certificate: Certificate,
    { keyUsage, suitable }: Pick<UnsuitableKeyUsageError, "keyUsage" | "suitable">,
  ) {
    super(`keyUsage ${keyUsage.join(" ")}, without ${suitable.join(" or ")}`, certificate);
    this.keyUsage = keyUsage;
    this.suitable = suitable;
  }
}

/** A name of `certificate` is not one that a CA above it may certify (RFC 5280 4.2.1.10). */
export class NameConstraintError extends ChainError {
  readonly code = "chain-name-constraint";
  /** The CA whose nameConstraints are broken. */
  readonly authority: Certificate;
  /** `DNS:device.example`, `directoryName:CN=device.example`. Untrusted text, escaped. */
  readonly constrained: string;
  /** `unsupported`: the name, or a constraint on names of its kind, is of a form that is not processed. */
  readonly problem: "not-permitted" | "excluded" | "unsupported";

  constructor(
    certificate: Certificate,
    { authority, constrained, problem }: Pick<
      NameConstraintError,
      "authority" | "constrained" | "problem"
    >,
  ) {
    super(`${constrained}: ${problem}`, certificate);
    this.authority = authority;
    this.constrained = constrained;
    this.problem = problem;
  }
}

/** The nameConstraints of `certificate` are none by RFC 5280 4.2.1.10: nothing can be held against them. */
export class BadNameConstraintsError extends ChainError {
  readonly code = "chain-bad-name-constraints";

  constructor(certificate: Certificate, options?: ErrorOptions) {
    super("malformed nameConstraints", certificate, options);
  }
}

/** There are more names, times the constraints on them, than are looked at. */
export class TooManyNamesError extends ChainError {
  readonly code = "chain-too-many-names";

  constructor(certificate: Certificate) {
    super("too many names and constraints", certificate);
  }
}
