/** Errors about which CA issues certificates during the replacement of one by another. */
import { CertswapError } from "../../system/mod.ts";

/** `rollover.json` cannot be used. */
export class BadRolloverFileError extends CertswapError {
  readonly code = "bad-rollover-file";
  readonly path: string;
  /** `other-version`: written by a newer certswap. */
  readonly reason: "malformed" | "other-version";

  constructor(path: string, reason: BadRolloverFileError["reason"]) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** The CA that replaces another one cannot be used: see `cause`, or `reason`. */
export class NextCaUnusableError extends CertswapError {
  readonly code = "next-ca-unusable";
  /** The data directory of the CA that is replaced. */
  readonly dataDirectory: string;
  /** That of the next CA. */
  readonly next: string;
  /** `other-key`: it is not the recorded CA; `loop`: it is replaced by this one. */
  readonly reason: "unreadable" | "other-key" | "loop";

  constructor(
    { dataDirectory, next, reason }: Pick<NextCaUnusableError, "dataDirectory" | "next" | "reason">,
    options?: { readonly cause: unknown },
  ) {
    super(`${next}, which replaces ${dataDirectory}: ${reason}`, options);
    this.dataDirectory = dataDirectory;
    this.next = next;
    this.reason = reason;
  }
}

/** Which CA issues has changed while a change of the CA was prepared. The caller tries again. */
export class IssuerChangedError extends CertswapError {
  readonly code = "issuer-changed";
  readonly dataDirectory: string;

  constructor(dataDirectory: string) {
    super(`another CA now issues for ${dataDirectory}`);
    this.dataDirectory = dataDirectory;
  }
}
