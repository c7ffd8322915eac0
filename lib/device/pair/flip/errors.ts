/** What can be wrong with a flip. */
import { CertswapError, type FileInfo } from "../../../system/mod.ts";

/** What should be the link of a flip is not a symbolic link, or leads to something else than a version. */
export class FlipLinkError extends CertswapError {
  readonly code = "flip-link";
  readonly path: string;
  readonly found: FileInfo["kind"];
  /** Of a link: what readlink(2) returns. */
  readonly content: string | undefined;

  constructor(path: string, found: FileInfo["kind"], content?: string) {
    super(`${path} is no link to a version: ${found} ${content ?? ""}`);
    this.path = path;
    this.found = found;
    this.content = content;
  }
}
