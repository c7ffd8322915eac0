/** What can be wrong with an OCSP request. */
import { CertswapError } from "../../system/mod.ts";

/** What can be wrong with the content of a request, by RFC 6960 and RFC 9654. */
export type OcspRequestProblem =
  | "too-large"
  | "not-base64"
  | "version"
  | "no-requests"
  | "too-many-requests"
  | "serial-number-too-long"
  | "repeated-extension"
  | "critical-extension"
  | "nonce-length";

/** Bytes, or a path of a URL, that are not a request that a responder can answer. It is never shown. */
export class BadOcspRequestError extends CertswapError {
  readonly code = "bad-ocsp-request";
  readonly problem: OcspRequestProblem;

  constructor(problem: OcspRequestProblem) {
    super(problem);
    this.problem = problem;
  }
}
