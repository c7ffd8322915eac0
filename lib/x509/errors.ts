/** Errors of what is read and written here: of files, DER, keys, names. Those of chains are in verify/. */
import { CertswapError } from "../system/errors.ts";
import type {
  AlternativeNameProblem,
  CertificateProblem,
  CrlProblem,
  DerProblem,
  DistinguishedNameProblem,
  PemProblem,
  PrivateKeyProblem,
  RequestProblem,
  UnsupportedKey,
} from "./problems.ts";

/** A file that should hold PEM (RFC 7468) holds no encapsulation boundary at all. */
export class NotPemError extends CertswapError {
  readonly code = "not-pem";
  /**
   * What is there instead. `der`: what looks like the same thing in binary; or a container of such
   * things.
   */
  readonly found: "nothing" | "der" | "pkcs12" | "pkcs7" | "binary" | "text";

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
  /** As found: upper-case letters, digits, full stops and spaces only. */
  readonly label: string;
  readonly wanted: "certificate" | "private-key";

  constructor(label: string, wanted: UnexpectedPemBlockError["wanted"]) {
    super(`unexpected PEM block ${label}, wanted: ${wanted}`);
    this.label = label;
    this.wanted = wanted;
  }
}

/** Bytes break DER (ITU-T X.690), or are not the type that belongs at their place. */
export class BadDerError extends CertswapError {
  readonly code = "bad-der";
  /** Of the value that is wrong, in bytes from the start of the outermost value. */
  readonly offset: number;
  readonly problem: DerProblem;
  /** For `wrong-type` alone: the identifier octets. */
  readonly types: { readonly found: number; readonly wanted: number } | undefined;

  constructor(offset: number, problem: DerProblem, types?: BadDerError["types"]) {
    super(`byte ${offset}: ${problem}`);
    this.offset = offset;
    this.problem = problem;
    this.types = types;
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
  readonly problem: CertificateProblem;

  constructor(problem: CertificateProblem, options?: ErrorOptions) {
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
  readonly key: UnsupportedKey;

  constructor(key: UnsupportedKey) {
    super(`unsupported key: ${key.kind}`);
    this.key = key;
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
  readonly problem: PrivateKeyProblem;

  constructor(problem: PrivateKeyProblem, options?: ErrorOptions) {
    super(problem, options);
    this.problem = problem;
  }
}

/** A text is not a distinguished name as RFC 4514 writes one. */
export class InvalidDistinguishedNameError extends CertswapError {
  readonly code = "invalid-distinguished-name";
  readonly written: string;
  /** Where in `written` reading stopped, in UTF-16 code units. */
  readonly position: number;
  readonly reason: DistinguishedNameProblem;
  /** The attribute type concerned, as it was written; `undefined` where none had been read. */
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

/** A text is not an alternative name as `DNS:a,IP:b,URI:c,email:d` writes it. */
export class InvalidAlternativeNameError extends CertswapError {
  readonly code = "invalid-alternative-name";
  /** The one name that is wrong, with its kind, as it was written. */
  readonly written: string;
  readonly reason: AlternativeNameProblem;

  constructor(written: string, reason: InvalidAlternativeNameError["reason"]) {
    super(`not an alternative name: ${reason}`);
    this.written = written;
    this.reason = reason;
  }
}

/** Well-formed DER or PEM that is not a request by RFC 2986. */
export class BadRequestError extends CertswapError {
  readonly code = "bad-request";
  readonly problem: RequestProblem;

  constructor(problem: RequestProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** Well-formed DER or PEM that is not a CRL by RFC 5280. */
export class BadCrlError extends CertswapError {
  readonly code = "bad-crl";
  readonly problem: CrlProblem;

  constructor(problem: CrlProblem) {
    super(problem);
    this.problem = problem;
  }
}
