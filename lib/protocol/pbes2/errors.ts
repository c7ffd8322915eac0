/** Errors of data that is encrypted with a password. */
import { CertswapError } from "../../system/mod.ts";

/** What can be wrong with the parameters of PBES2, by RFC 8018 and RFC 7914. */
export type Pbes2Problem =
  | "salt-length"
  | "key-length"
  | "iv-length"
  | "iteration-count"
  | "scrypt-parameters";

/** Parameters of PBES2 that make no sense. */
export class BadPbes2Error extends CertswapError {
  readonly code = "bad-pbes2";
  readonly problem: Pbes2Problem;

  constructor(problem: Pbes2Problem) {
    super(problem);
    this.problem = problem;
  }
}

/** The data is encrypted with an algorithm that certswap does not have. */
export class UnsupportedPbes2Error extends CertswapError {
  readonly code = "unsupported-pbes2";
  /** The name of an algorithm, or its OBJECT IDENTIFIER in dots. */
  readonly algorithm: string;

  constructor(algorithm: string) {
    super(`unsupported algorithm: ${algorithm}`);
    this.algorithm = algorithm;
  }
}

/** Deriving the key would take more time or memory than certswap spends. */
export class TooMuchWorkError extends CertswapError {
  readonly code = "pbes2-too-much-work";
  /** What there is too much of: rounds of PBKDF2, bytes of memory or blocks of scrypt. */
  readonly what: "rounds" | "memory" | "blocks";
  readonly limit: number;

  constructor(what: TooMuchWorkError["what"], limit: number) {
    super(`more than ${limit} ${what}`);
    this.what = what;
    this.limit = limit;
  }
}

/** The data does not decrypt to a private key: the passphrase is wrong, or the data is corrupt. */
export class CannotDecryptError extends CertswapError {
  readonly code = "cannot-decrypt";

  constructor(options?: ErrorOptions) {
    super("wrong passphrase, or corrupt data", options);
  }
}
