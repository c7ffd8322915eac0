/** Errors about certificates of other CAs that clients get with those of this one. */
import { CertswapError } from "../../system/mod.ts";

/** A certificate cannot be added to the bundle of a CA. */
export class BundleRefusedError extends CertswapError {
  readonly code = "bundle-refused";
  readonly file: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  /**
   * `not-a-ca`; `not-valid`: not yet, or no longer; `bad-signature`: its issuer has not signed it;
   * `issuer-unknown`: neither in the file, nor in the bundle, nor this CA; `too-many`: in the bundle.
   */
  readonly reason: "not-a-ca" | "not-valid" | "bad-signature" | "issuer-unknown" | "too-many";

  constructor(file: string, subject: string, reason: BundleRefusedError["reason"]) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.subject = subject;
    this.reason = reason;
  }
}

/** No certificate in the bundle has this id. */
export class UnknownBundleEntryError extends CertswapError {
  readonly code = "unknown-bundle-entry";
  readonly id: string;

  constructor(id: string) {
    super(`no certificate ${id} in the bundle`);
    this.id = id;
  }
}
