/** What can be wrong with a message of EST. */
import { CertswapError } from "../../system/mod.ts";

/** What a body is that should be base64 of DER (RFC 8951 3). */
export type EstBodyProblem =
  | "too-large"
  | "empty"
  /** HTML or XML: the page of a web server or of a proxy. */
  | "markup"
  /** DER or BER that is not base64. */
  | "binary"
  /** Text that is not base64. */
  | "not-base64"
  /** PEM with a label of something else, or with several blocks. */
  | "other-pem";

/** The body of a request or an answer cannot be read. */
export class BadEstBodyError extends CertswapError {
  readonly code = "bad-est-body";
  readonly problem: EstBodyProblem;

  constructor(problem: EstBodyProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** What can be wrong with the attributes that a server wants in requests. */
export type CsrAttributesProblem =
  | "too-many"
  /** RFC 9908 3.4: the version is v1. */
  | "template-version"
  /** RFC 9908 3.4: an attribute of a template is there twice, or does not have exactly one value. */
  | "repeated"
  /** The same extension is asked for twice. */
  | "repeated-extension";

/** A CSR Attributes Response that contradicts RFC 7030 4.5.2 or RFC 9908. */
export class BadCsrAttributesError extends CertswapError {
  readonly code = "bad-csr-attributes";
  readonly problem: CsrAttributesProblem;

  constructor(problem: CsrAttributesProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** A certs-only message holds no certificate that is needed. */
export class NoCertificateInAnswerError extends CertswapError {
  readonly code = "est-no-certificate";
  /** How many certificates it holds: none, or none for the key of the request. */
  readonly count: number;

  constructor(count: number) {
    super(`no certificate for the key among ${count}`);
    this.count = count;
  }
}
