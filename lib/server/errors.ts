/** Errors of `certswap ca serve`. */
import { CertswapError } from "../system/mod.ts";

/** `ca.toml` has no address to listen on. */
export class NothingServedError extends CertswapError {
  readonly code = "nothing-served";
  /** The path of `ca.toml`, which may be missing. */
  readonly file: string;

  constructor(file: string) {
    super(`${file}: no address to listen on`);
    this.file = file;
  }
}
