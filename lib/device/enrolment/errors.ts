/** Errors of preparing an enrolment. */
import { CertswapError } from "../../system/mod.ts";

/** A file that an enrolment would write is there already, with other content. Nothing was changed. */
export class EnrolledDifferentlyError extends CertswapError {
  readonly code = "enrolled-differently";
  readonly path: string;

  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** The stream that a secret was to come from is empty, and none is kept from before. Nothing was changed. */
export class NoSecretGivenError extends CertswapError {
  readonly code = "no-secret-given";

  constructor() {
    super("no secret");
  }
}
