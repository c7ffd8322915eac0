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
