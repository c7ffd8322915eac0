import { CertswapError } from "../system/error.ts";
import type { Certificate } from "./certificate.ts";

/** A file that should hold PEM (RFC 7468) holds no encapsulation boundary at all. */
export class NotPemError extends CertswapError {
  readonly code = "not-pem";
  /** What is there instead. `der`: what looks like the same thing in binary. */
  readonly found: "nothing" | "der" | "binary" | "text";

  constructor(found: NotPemError["found"]) {
    super(`no PEM block; found: ${found}`);
    this.found = found;
  }
}

/** A PEM file breaks RFC 7468. */
export class BadPemError extends CertswapError {
  readonly code = "bad-pem";
  /** From 1. */
  readonly line: number;
  readonly problem: PemProblem;

  constructor(line: number, problem: PemProblem) {
    super(`line ${line}: ${problem}`);
    this.line = line;
    this.problem = problem;
  }
}

/** What can be wrong with a PEM file; `unterminated`: it ends within a block, as a truncated file does. */
export type PemProblem =
  | "binary"
  | "boundary"
  | "label-mismatch"
  | "unterminated"
  | "headers"
  | "line-too-long"
  | "base64"
  | "empty-block";

/** A PEM text is larger than what is read of its kind. */
export class PemTooLargeError extends CertswapError {
  readonly code = "pem-too-large";
  /** In bytes. */
  readonly limit: number;

  constructor(limit: number) {
    super(`larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/** A PEM file holds more blocks than are read. */
export class TooManyPemBlocksError extends CertswapError {
  readonly code = "too-many-pem-blocks";
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} PEM blocks`);
    this.limit = limit;
  }
}

/** A PEM file holds a block of another kind than the file is for. */
export class UnexpectedPemBlockError extends CertswapError {
  readonly code = "unexpected-pem-block";
  /** As found: upper-case letters, digits and spaces only. */
  readonly label: string;
  readonly wanted: "certificate" | "private key";

  constructor(label: string, wanted: UnexpectedPemBlockError["wanted"]) {
    super(`unexpected PEM block ${label}, wanted: ${wanted}`);
    this.label = label;
    this.wanted = wanted;
  }
}

/** Bytes break DER (ITU-T X.690), or are not the type that stands at their place. */
export class BadDerError extends CertswapError {
  readonly code = "bad-der";
  /** Of the value that is wrong, in bytes from the start of the outermost value. */
  readonly offset: number;
  /** A few English words of certswap's own: nothing of the input. */
  readonly problem: string;

  constructor(offset: number, problem: string) {
    super(`byte ${offset}: ${problem}`);
    this.offset = offset;
    this.problem = problem;
  }
}

/** DER ends before the value does that its length announces. */
export class TruncatedDerError extends CertswapError {
  readonly code = "truncated-der";
  /** Of the value that is cut off, in bytes from the start of the outermost value. */
  readonly offset: number;

  constructor(offset: number) {
    super(`the value at byte ${offset} is cut off`);
    this.offset = offset;
  }
}

/** Well-formed DER that is not a certificate by RFC 5280. */
export class BadCertificateError extends CertswapError {
  readonly code = "bad-certificate";
  /** A few English words of certswap's own: nothing of the input. */
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

/** A file with several certificates where exactly one is meant. */
export class SeveralCertificatesError extends CertswapError {
  readonly code = "several-certificates";
  readonly count: number;

  constructor(count: number) {
    super(`${count} certificates where one is meant`);
    this.count = count;
  }
}

/** A key file without a private key. */
export class NoPrivateKeyError extends CertswapError {
  readonly code = "no-private-key";

  constructor() {
    super("no private key");
  }
}

/** A key file with more than one private key: which one is meant cannot be known. */
export class SeveralPrivateKeysError extends CertswapError {
  readonly code = "several-private-keys";
  readonly count: number;

  constructor(count: number) {
    super(`${count} private keys where one is meant`);
    this.count = count;
  }
}

/** A private key under a passphrase. A device starts its services with nobody there to type it. */
export class EncryptedPrivateKeyError extends CertswapError {
  readonly code = "encrypted-private-key";

  constructor() {
    super("the private key is encrypted");
  }
}

/** A key of an algorithm or curve that certswap cannot use. */
export class UnsupportedKeyError extends CertswapError {
  readonly code = "unsupported-key";
  /** Its name where it is known (`secp256k1`, `DSA`), else its OBJECT IDENTIFIER in dots. */
  readonly algorithm: string;

  constructor(algorithm: string) {
    super(`unsupported key: ${algorithm}`);
    this.algorithm = algorithm;
  }
}

/** An RSA key too short to rely on. */
export class WeakKeyError extends CertswapError {
  readonly code = "weak-key";
  readonly bits: number;
  readonly minimum: number;

  constructor(bits: number, minimum: number) {
    super(`an RSA key of ${bits} bits, at least ${minimum} are needed`);
    this.bits = bits;
    this.minimum = minimum;
  }
}

/** Well-formed DER that is not a private key of its kind. */
export class BadPrivateKeyError extends CertswapError {
  readonly code = "bad-private-key";
  /** A few English words of certswap's own: nothing of the input. */
  readonly problem: string;

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

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

/** `certificate` holds critical extensions that are not understood here, and must be refused (RFC 5280 4.2). */
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
