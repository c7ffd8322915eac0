/** What can go wrong when certswap is installed to run by itself. */
import { CertswapError } from "../../system/mod.ts";

/** A file stands in the way of one that is to be installed, and certswap did not write it. */
export class ForeignFileError extends CertswapError {
  readonly code = "foreign-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} was not written by certswap`);
    this.path = path;
  }
}

/** A path cannot be written into a unit file or a cron table: it has a line break, or a quotation mark. */
export class UnwritablePathError extends CertswapError {
  readonly code = "unwritable-path";
  readonly path: string;

  constructor(path: string) {
    super(`${JSON.stringify(path)} cannot be written`);
    this.path = path;
  }
}

/** The executable that systemd or cron is to run is not where it is said to be. */
export class NoExecutableError extends CertswapError {
  readonly code = "no-executable";
  readonly path: string;

  constructor(path: string) {
    super(`nothing at ${path}`);
    this.path = path;
  }
}

/** There is no user of the name that certswap is to run as. */
export class UnknownUserError extends CertswapError {
  readonly code = "unknown-user";
  readonly user: string;
  /** Where it was looked for. */
  readonly path: string;

  constructor(user: string, path: string) {
    super(`no user ${user} in ${path}`);
    this.user = user;
    this.path = path;
  }
}
