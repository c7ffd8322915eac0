/** Errors of the installation for systemd or cron. */
import { CertswapError } from "../../system/mod.ts";

/** A file to be installed already exists, and was not written by certswap. */
export class ForeignFileError extends CertswapError {
  readonly code = "foreign-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} was not written by certswap`);
    this.path = path;
  }
}

/** A path cannot be written into a unit file or cron table: it has a line break or a quotation mark. */
export class UnwritablePathError extends CertswapError {
  readonly code = "unwritable-path";
  readonly path: string;

  constructor(path: string) {
    super(`${JSON.stringify(path)} cannot be written`);
    this.path = path;
  }
}

/** The executable for systemd or cron does not exist. */
export class NoExecutableError extends CertswapError {
  readonly code = "no-executable";
  readonly path: string;

  constructor(path: string) {
    super(`nothing at ${path}`);
    this.path = path;
  }
}

/** The user that certswap should run as does not exist. */
export class UnknownUserError extends CertswapError {
  readonly code = "unknown-user";
  readonly user: string;
  /** Where it was searched for. */
  readonly path: string;

  constructor(user: string, path: string) {
    super(`no user ${user} in ${path}`);
    this.user = user;
    this.path = path;
  }
}
