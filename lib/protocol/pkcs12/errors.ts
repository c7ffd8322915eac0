/** What can be wrong with a PKCS#12 file, and with its password. */
import { CertswapError } from "../../system/mod.ts";

/** A file that should be PKCS#12 is something else. */
export class NotPkcs12Error extends CertswapError {
  readonly code = "not-pkcs12";
  readonly found:
    | "nothing"
    | "pem"
    | "base64"
    | "pkcs7"
    | "java-keystore"
    | "certificate"
    | "other";

  constructor(found: NotPkcs12Error["found"]) {
    super(`not PKCS#12, found: ${found}`);
    this.found = found;
  }
}

/** What can be wrong with the structure of a PKCS#12 file, by RFC 7292 and RFC 8018. */
export type Pkcs12Problem =
  | "version"
  | "salt-length"
  | "key-length"
  | "iv-length"
  | "iteration-count"
  | "encrypted-data-version"
  | "too-many-bags"
  | "bags-nested-too-deep"
  | "too-many-certificates"
  | "cannot-decrypt";

/** DER that is not a PKCS#12 file. */
export class BadPkcs12Error extends CertswapError {
  readonly code = "bad-pkcs12";
  readonly problem: Pkcs12Problem;

  constructor(problem: Pkcs12Problem) {
    super(problem);
    this.problem = problem;
  }
}

/** The password does not open the file: its MAC does not match. */
export class WrongPasswordError extends CertswapError {
  readonly code = "pkcs12-wrong-password";
  readonly isEmpty: boolean;
  /** Without a MAC, a wrong password cannot be told from a damaged file. */
  readonly hasMac: boolean;

  constructor({ isEmpty, hasMac }: Pick<WrongPasswordError, "isEmpty" | "hasMac">) {
    super("wrong password");
    this.isEmpty = isEmpty;
    this.hasMac = hasMac;
  }
}

/** A file uses an algorithm that certswap does not have. */
export class UnsupportedPkcs12Error extends CertswapError {
  readonly code = "unsupported-pkcs12";
  /** The name of an algorithm, or its OBJECT IDENTIFIER in dots. */
  readonly algorithm: string;
  readonly use: "integrity" | "encryption";

  constructor(algorithm: string, use: UnsupportedPkcs12Error["use"]) {
    super(`unsupported ${use} algorithm: ${algorithm}`);
    this.algorithm = algorithm;
    this.use = use;
  }
}

/** A file asks for more work than certswap does before it knows whether the password is right. */
export class TooManyIterationsError extends CertswapError {
  readonly code = "pkcs12-too-many-iterations";
  readonly limit: number;

  constructor(limit: number) {
    super(`more than ${limit} iterations`);
    this.limit = limit;
  }
}

/** A file without a private key. */
export class Pkcs12WithoutKeyError extends CertswapError {
  readonly code = "pkcs12-without-key";
  /** How many certificates it has. */
  readonly certificates: number;

  constructor(certificates: number) {
    super("no private key");
    this.certificates = certificates;
  }
}

/** A file with several private keys: a keystore of several services, for example. */
export class Pkcs12SeveralKeysError extends CertswapError {
  readonly code = "pkcs12-several-keys";
  readonly count: number;
  /** The friendlyNames of the keys that have one. Untrusted text. */
  readonly names: readonly string[];

  constructor(count: number, names: readonly string[]) {
    super(`${count} private keys, expected one`);
    this.count = count;
    this.names = names;
  }
}

/** A file with a private key, but without the certificate of this key. */
export class Pkcs12WithoutCertificateError extends CertswapError {
  readonly code = "pkcs12-without-certificate";
  /** How many other certificates it has. */
  readonly certificates: number;

  constructor(certificates: number) {
    super("no certificate for the key");
    this.certificates = certificates;
  }
}
