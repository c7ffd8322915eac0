/** What can be wrong with a CMS message. */
import { CertswapError } from "../../system/mod.ts";

/** What can be wrong with a message that should carry certificates (RFC 5652 5.1). */
export type CmsProblem =
  | "too-large"
  | "other-content-type"
  | "version"
  | "too-many-certificates";

/** DER or BER that is not a usable SignedData with certificates. */
export class BadCmsError extends CertswapError {
  readonly code = "bad-cms";
  readonly problem: CmsProblem;

  constructor(problem: CmsProblem) {
    super(problem);
    this.problem = problem;
  }
}
