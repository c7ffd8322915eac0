/** Errors of reading and writing files, DER, keys and names. Errors of chains are in verify/. */
import { CertswapError } from "../system/mod.ts";
import type {
  AlternativeNameProblem,
  CertificateProblem,
  CrlProblem,
  DerProblem,
  DistinguishedNameProblem,
  NameConstraintProblem,
  PemProblem,
  PrivateKeyProblem,
  RequestProblem,
  UnsupportedKey,
} from "./problems.ts";

/** A file that should be PEM (RFC 7468) has no BEGIN line at all. */
export class NotPemError extends CertswapError {
  readonly code = "not-pem";
  /**
   * What the file seems to be instead. `der`: the same content in binary; `pkcs12`, `pkcs7`: a container of
   * certificates.
   */
  readonly found: "nothing" | "der" | "pkcs12" | "pkcs7" | "binary" | "text";

  constructor(found: NotPemError["found"]) {
    super(`no PEM block; found: ${found}`);
    this.found = found;
  }
}

/** A PEM file does not follow RFC 7468. */
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

/** A PEM file is larger than the limit for its kind. */
export class PemTooLargeError extends CertswapError {
  readonly code = "pem-too-large";
  /** In bytes. */
  readonly limit: number;

  constructor(limit: number) {
    super(`larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/** A PEM file has more blocks than the limit. */
export class TooManyPemBlocksError extends CertswapError {
  readonly code = "too-many-pem-blocks";
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} PEM blocks`);
    this.limit = limit;
  }
}

/** A PEM file contains a block of the wrong kind. */
export class UnexpectedPemBlockError extends CertswapError {
  readonly code = "unexpected-pem-block";
  /** As found. Contains only upper-case letters, digits, full stops and spaces. */
  readonly label: string;
  readonly wanted: "certificate" | "private-key";

  constructor(label: string, wanted: UnexpectedPemBlockError["wanted"]) {
    super(`unexpected PEM block ${label}, wanted: ${wanted}`);
    this.label = label;
    this.wanted = wanted;
  }
}

/** Bytes are not valid DER (ITU-T X.690), or not of the expected type. */
export class BadDerError extends CertswapError {
  readonly code = "bad-der";
  /** Where the bad value starts, in bytes from the start of the outermost value. */
  readonly offset: number;
  readonly problem: DerProblem;
  /** For `wrong-type` only: the identifier octets. */
  readonly types: { readonly found: number; readonly wanted: number } | undefined;

  constructor(offset: number, problem: DerProblem, types?: BadDerError["types"]) {
    super(`byte ${offset}: ${problem}`);
    this.offset = offset;
    this.problem = problem;
    this.types = types;
  }
}

/** DER data ends before the end of a value, as given by its length. */
export class TruncatedDerError extends CertswapError {
  readonly code = "truncated-der";
  /** Where the truncated value starts, in bytes from the start of the outermost value. */
  readonly offset: number;

  constructor(offset: number) {
    super(`the value at byte ${offset} is cut off`);
    this.offset = offset;
  }
}

/** DER that is valid but not a certificate according to RFC 5280. */
export class BadCertificateError extends CertswapError {
  readonly code = "bad-certificate";
  readonly problem: CertificateProblem;

  constructor(problem: CertificateProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

/** A file contains several certificates instead of one. */
export class SeveralCertificatesError extends CertswapError {
  readonly code = "several-certificates";
  readonly count: number;

  constructor(count: number) {
    super(`${count} certificates, expected one`);
    this.count = count;
  }
}

/** A key file contains no private key. */
export class NoPrivateKeyError extends CertswapError {
  readonly code = "no-private-key";

  constructor() {
    super("no private key");
  }
}

/** A key file contains more than one private key. */
export class SeveralPrivateKeysError extends CertswapError {
  readonly code = "several-private-keys";
  readonly count: number;

  constructor(count: number) {
    super(`${count} private keys, expected one`);
    this.count = count;
  }
}

/** A private key is encrypted. certswap runs unattended and cannot ask for a passphrase. */
export class EncryptedPrivateKeyError extends CertswapError {
  readonly code = "encrypted-private-key";

  constructor() {
    super("the private key is encrypted");
  }
}

/** A key has an algorithm or curve that certswap does not support. */
export class UnsupportedKeyError extends CertswapError {
  readonly code = "unsupported-key";
  readonly key: UnsupportedKey;

  constructor(key: UnsupportedKey) {
    super(`unsupported key: ${key.kind}`);
    this.key = key;
  }
}

/** An RSA key is too short to be secure. */
export class WeakKeyError extends CertswapError {
  readonly code = "weak-key";
  readonly bits: number;
  readonly minimum: number;

  constructor(bits: number, minimum: number) {
    super(`an RSA key of ${bits} bits, minimum ${minimum}`);
    this.bits = bits;
    this.minimum = minimum;
  }
}

/** DER that is valid but not a private key of its kind. */
export class BadPrivateKeyError extends CertswapError {
  readonly code = "bad-private-key";
  readonly problem: PrivateKeyProblem;

  constructor(problem: PrivateKeyProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

/** A text is not a distinguished name in the form of RFC 4514. */
export class InvalidDistinguishedNameError extends CertswapError {
  readonly code = "invalid-distinguished-name";
  readonly written: string;
  /** Where in `written` parsing stopped, in UTF-16 code units. */
  readonly position: number;
  readonly reason: DistinguishedNameProblem;
  /** The attribute type as written; `undefined` if none had been read. */
  readonly attribute: string | undefined;

  constructor(
    written: string,
    position: number,
    options: { reason: InvalidDistinguishedNameError["reason"]; attribute?: string },
  ) {
    super(`not a distinguished name at ${position}: ${options.reason}`);
    this.written = written;
    this.position = position;
    this.reason = options.reason;
    this.attribute = options.attribute;
  }
}

/** A text is not an alternative name of the form `DNS:a`, `IP:b`, `URI:c` or `email:d`. */
export class InvalidAlternativeNameError extends CertswapError {
  readonly code = "invalid-alternative-name";
  /** The invalid name with its kind, as written. */
  readonly written: string;
  readonly reason: AlternativeNameProblem;

  constructor(written: string, reason: InvalidAlternativeNameError["reason"]) {
    super(`not an alternative name: ${reason}`);
    this.written = written;
    this.reason = reason;
  }
}

/** A text is not a name constraint of the form `DNS:a.example`, `IP:10.0.0.0/8`, `email:a` or `URI:a`. */
export class InvalidNameConstraintError extends CertswapError {
  readonly code = "invalid-name-constraint";
  /** The invalid constraint with its kind, as written. */
  readonly written: string;
  readonly reason: NameConstraintProblem;

  constructor(written: string, reason: NameConstraintProblem) {
    super(`not a name constraint: ${reason}`);
    this.written = written;
    this.reason = reason;
  }
}

/** PEM or DER that is valid but not a request according to RFC 2986. */
export class BadRequestError extends CertswapError {
  readonly code = "bad-request";
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** PEM or DER that is valid but not a CRL according to RFC 5280. */
export class BadCrlError extends CertswapError {
  readonly code = "bad-crl";
  readonly problem: CrlProblem;

  constructor(problem: CrlProblem) {
    super(problem);
    this.problem = problem;
  }
}
