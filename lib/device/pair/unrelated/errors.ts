/** Places that a change of a pair must not write to. */
import { CertswapError } from "../../../system/mod.ts";

/** A file is in a version of a flip, which never changes. */
export class InsideVersionError extends CertswapError {
  readonly code = "inside-version";
  readonly path: string;
  /** The link of the flip. */
  readonly link: string;

  constructor(path: string, link: string) {
    super(`${path} is in a version of ${link}`);
    this.path = path;
    this.link = link;
  }
}

/** A path of a pair is one of the files of a CA, which would be lost. */
export class InsideAuthorityError extends CertswapError {
  readonly code = "inside-authority";
  readonly path: string;
  /** The CA's data directory. */
  readonly dataDirectory: string;

  constructor(path: string, dataDirectory: string) {
    super(`${path} belongs to the CA in ${dataDirectory}`);
    this.path = path;
    this.dataDirectory = dataDirectory;
  }
}

/** A pair's files are links into the archive of certbot, which would be overwritten. */
export class CertbotArchiveError extends CertswapError {
  readonly code = "certbot-archive";
  readonly path: string;
  /** The file in the archive. */
  readonly archived: string;

  constructor(path: string, archived: string) {
    super(`${path} leads to ${archived}`);
    this.path = path;
    this.archived = archived;
  }
}
