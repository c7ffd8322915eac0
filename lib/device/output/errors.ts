/** What can be wrong with a copy of a pair. */
import { CertswapError } from "../../system/mod.ts";
import type { BrokenActivePairError } from "../errors.ts";

/** There is no active pair that could be copied. `cause` says what is wrong with it. */
export class NothingToExportError extends CertswapError {
  readonly code = "nothing-to-export";
  /** The certificate of the active pair. */
  readonly certificate: string;
  /** `undefined`: there is no pair. */
  override readonly cause: BrokenActivePairError | undefined;

  constructor(certificate: string, cause?: BrokenActivePairError) {
    super(`no active pair at ${certificate}`, { cause });
    this.certificate = certificate;
    this.cause = cause;
  }
}

/** The copy would replace a file that it is made of, or another file of the pair. */
export class OutputInTheWayError extends CertswapError {
  readonly code = "output-in-the-way";
  /** Resolved. */
  readonly path: string;
  readonly use: "pair" | "trust" | "password";

  constructor(path: string, use: OutputInTheWayError["use"]) {
    super(`${path} is in use: ${use}`);
    this.path = path;
    this.use = use;
  }
}

/** What is asked for is not there: a pair without intermediates, say. */
export class EmptyOutputError extends CertswapError {
  readonly code = "empty-output";
  readonly certificate: string;

  constructor(certificate: string) {
    super(`nothing of ${certificate} to write`);
    this.certificate = certificate;
  }
}
