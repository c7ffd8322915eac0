/** What can be wrong with an output of a pair. */
import { CertswapError } from "../../../system/mod.ts";

/** A DER file holds one key or one certificate, and other than one is asked for. */
export class DerHoldsOneError extends CertswapError {
  readonly code = "der-holds-one";
  readonly count: number;

  constructor(count: number) {
    super(`${count} values in a DER file`);
    this.count = count;
  }
}

/** An output is to contain trust anchors, and no file of them is named. */
export class NoTrustAnchorsError extends CertswapError {
  readonly code = "no-trust-anchors";

  constructor() {
    super("no trust anchors for an output");
  }
}

/** Every trust anchor that a missing trust bundle would begin with has been removed from it before. */
export class NoTrustLeftError extends CertswapError {
  readonly code = "no-trust-left";
  readonly path: string;

  constructor(path: string) {
    super(`${path}: no trust anchor is left`);
    this.path = path;
  }
}

/** What reads the legacy profile of PKCS#12 does not know keys of this kind. */
export class KeyKindNotHeldError extends CertswapError {
  readonly code = "key-kind-not-held";
  readonly keyKind: string;

  constructor(keyKind: string) {
    super(`the legacy profile cannot hold ${keyKind}`);
    this.keyKind = keyKind;
  }
}

/** A file cannot be made from this pair. */
export class OutputNotMadeError extends CertswapError {
  readonly code = "output-not-made";
  readonly path: string;
  override readonly cause: CertswapError;

  constructor(path: string, options: { cause: CertswapError }) {
    super(`${path} cannot be made: ${options.cause.message}`, options);
    this.path = path;
    this.cause = options.cause;
  }
}

/**
 * Warning: an output is missing, or is not made from the active pair, or has other rights than configured.
 */
export class OutputStaleError extends CertswapError {
  readonly code = "output-stale";
  readonly path: string;
  readonly defect: "missing" | "differs" | "rights";

  constructor(path: string, defect: OutputStaleError["defect"]) {
    super(`${path}: ${defect}`);
    this.path = path;
    this.defect = defect;
  }
}

/** Warning: a file that an earlier change wrote is no output any more, and is left as it is. */
export class OutputLeftBehindError extends CertswapError {
  readonly code = "output-left-behind";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not part of this change`);
    this.path = path;
  }
}

/**
 * A PKCS#12 file at the path of an output that its password does not open: it may be another one, with other
 * keys, or the password was changed.
 */
export class OutputLockedError extends CertswapError {
  readonly code = "output-locked";
  readonly path: string;
  readonly passwordFile: string;

  constructor(path: string, passwordFile: string) {
    super(`${path} cannot be opened with ${passwordFile}`);
    this.path = path;
    this.passwordFile = passwordFile;
  }
}

/** A PKCS#12 file at the path of an output with other keys than one of this pair: they would be lost. */
export class OutputHoldsMoreError extends CertswapError {
  readonly code = "output-holds-more";
  readonly path: string;

  constructor(path: string) {
    super(`${path} holds more than a pair`);
    this.path = path;
  }
}

/** The password of a PKCS#12 output cannot be read. */
export class OutputPasswordError extends CertswapError {
  readonly code = "output-password";
  readonly path: string;
  override readonly cause: CertswapError;

  constructor(path: string, options: { cause: CertswapError }) {
    super(`no password for ${path}: ${options.cause.message}`, options);
    this.path = path;
    this.cause = options.cause;
  }
}
