/** Errors of chain verification. Each carries the certificate that failed. */
import { CertswapError } from "../../system/mod.ts";
import type { Certificate, KeyUsage } from "../read/mod.ts";

/** A chain is not valid. `certificate` is the one that failed. */
export abstract class ChainError extends CertswapError {
  readonly certificate: Certificate;

  constructor(developerText: string, certificate: Certificate, options?: ErrorOptions) {
    super(developerText, options);
    this.certificate = certificate;
  }
}

/** No intermediate and no anchor is the issuer of `certificate`. */
export class IssuerNotFoundError extends ChainError {
  readonly code = "chain-issuer-not-found";

  constructor(certificate: Certificate) {
    super("no certificate of its issuer", certificate);
  }
}

/** The signature on `certificate` was not made with the key of `issuer`. */
export class BadSignatureError extends ChainError {
  readonly code = "chain-bad-signature";
  readonly issuer: Certificate;

  constructor(certificate: Certificate, issuer: Certificate, options?: ErrorOptions) {
    super("the signature does not verify", certificate, options);
    this.issuer = issuer;
  }
}

/** The signature algorithm of `certificate` is broken (MD5, SHA-1) or unknown. */
export class RefusedSignatureAlgorithmError extends ChainError {
  readonly code = "chain-refused-signature-algorithm";
  /** Its name (`sha1WithRSAEncryption`), or its OBJECT IDENTIFIER in dots if the name is unknown. */
  readonly algorithm: string;

  constructor(certificate: Certificate, algorithm: string) {
    super(`refused signature algorithm ${algorithm}`, certificate);
    this.algorithm = algorithm;
  }
}

/** `certificate` has expired. */
export class ExpiredError extends ChainError {
  readonly code = "chain-expired";

  constructor(certificate: Certificate) {
    super("expired", certificate);
  }
}

/** `certificate` is not valid yet. */
export class NotYetValidError extends ChainError {
  readonly code = "chain-not-yet-valid";

  constructor(certificate: Certificate) {
    super("not yet valid", certificate);
  }
}

/** `certificate` has issued another one but is not a CA (basicConstraints, RFC 5280 6.1.4 k). */
export class NotAnAuthorityError extends ChainError {
  readonly code = "chain-not-an-authority";

  constructor(certificate: Certificate) {
    super("not a CA", certificate);
  }
}

/** `certificate` has issued another one but its keyUsage lacks keyCertSign (RFC 5280 6.1.4 n). */
export class MayNotSignError extends ChainError {
  readonly code = "chain-may-not-sign";

  constructor(certificate: Certificate) {
    super("keyUsage without keyCertSign", certificate);
  }
}

/** There are more CAs below `certificate` than its pathLenConstraint allows (RFC 5280 6.1.4 m). */
export class PathLengthError extends ChainError {
  readonly code = "chain-path-length";
  readonly limit: number;

  constructor(certificate: Certificate, limit: number) {
    super(`more than ${limit} CAs below`, certificate);
    this.limit = limit;
  }
}

/** `certificate` has critical extensions that certswap does not support (RFC 5280 4.2). */
export class UnknownCriticalExtensionError extends ChainError {
  readonly code = "chain-unknown-critical-extension";
  /** In dots. */
  readonly extensions: readonly string[];

  constructor(certificate: Certificate, extensions: readonly string[]) {
    super(`unknown critical extensions: ${extensions.join(" ")}`, certificate);
    this.extensions = extensions;
  }
}

/** The key of `certificate` is too short, or its algorithm is not supported. */
export class UnusableIssuerKeyError extends ChainError {
  readonly code = "chain-unusable-issuer-key";

  constructor(certificate: Certificate, options?: ErrorOptions) {
    super("unusable public key", certificate, options);
  }
}

/** No path from `certificate` to an anchor was found within the limits on length and attempts. */
export class ChainTooLongError extends ChainError {
  readonly code = "chain-too-long";

  constructor(certificate: Certificate) {
    super("too many or too long paths", certificate);
  }
}

/** The extendedKeyUsage of `certificate` does not allow a required purpose (RFC 5280 4.2.1.12). */
export class PurposeNotAllowedError extends ChainError {
  readonly code = "chain-purpose-not-allowed";
  /** OBJECT IDENTIFIERs in dots. At least one. */
  readonly purposes: readonly string[];

  constructor(certificate: Certificate, purposes: readonly string[]) {
    super(`extendedKeyUsage without ${purposes.join(" ")}`, certificate);
    this.purposes = purposes;
  }
}

/** The keyUsage of `certificate` does not allow what its purpose needs (RFC 5280 4.2.1.3). */
export class UnsuitableKeyUsageError extends ChainError {
  readonly code = "chain-unsuitable-key-usage";
  readonly keyUsage: readonly KeyUsage[];
  /** One of these is needed. */
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

/** A CA above `certificate` does not permit one of its names (RFC 5280 4.2.1.10). */
export class NameConstraintError extends ChainError {
  readonly code = "chain-name-constraint";
  /** The CA with the violated nameConstraints. */
  readonly authority: Certificate;
  /** `DNS:device.example`, `directoryName:CN=device.example`. Untrusted text, escaped. */
  readonly constrained: string;
  /** `unsupported`: the form of the name, or of a constraint on names of its kind, is not supported. */
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

/** The nameConstraints of `certificate` do not follow RFC 5280 4.2.1.10, so nothing can be checked. */
export class BadNameConstraintsError extends ChainError {
  readonly code = "chain-bad-name-constraints";

  constructor(certificate: Certificate, options?: ErrorOptions) {
    super("malformed nameConstraints", certificate, options);
  }
}

/** There are too many names and constraints to check. */
export class TooManyNamesError extends ChainError {
  readonly code = "chain-too-many-names";

  constructor(certificate: Certificate) {
    super("too many names and constraints", certificate);
  }
}

/** `certificate` is a leaf of version 1: it has no extensions, so neither names nor purposes. */
export class VersionOneError extends ChainError {
  readonly code = "chain-version-one";

  constructor(certificate: Certificate) {
    super("version 1", certificate);
  }
}

/** `certificate` does not have the name of the host that a client connected to. */
export class HostMismatchError extends ChainError {
  readonly code = "chain-host-mismatch";
  /** A DNS name or an IP address. */
  readonly host: string;

  constructor(certificate: Certificate, host: string) {
    super(`not for ${host}`, certificate);
    this.host = host;
  }
}
