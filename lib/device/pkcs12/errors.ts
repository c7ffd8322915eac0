/** What can be wrong with a file that holds a password. */
import { CertswapError } from "../../system/mod.ts";

/** A password file cannot be used. Its content is never shown. */
export class PasswordFileError extends CertswapError {
  readonly code = "password-file";
  readonly path: string;
  /**
   * - `readable`: others than the caller and root can read it.
   * - `stream`: a pipe.
   * - `too-long`, `nul`: the first line is no password.
   * - `empty`: the first line is empty, and the password has to protect something.
   */
  readonly reason: "readable" | "stream" | "too-long" | "nul" | "empty";
  /** Permission bits, where they are the reason. */
  readonly mode: number | undefined;

  constructor(
    path: string,
    { reason, mode }: {
      readonly reason: PasswordFileError["reason"];
      readonly mode?: number | undefined;
    },
  ) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
    this.mode = mode;
  }
}
