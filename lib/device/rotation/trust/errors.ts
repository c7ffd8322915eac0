/** Errors and warnings of keeping a trust bundle up to date. */
import { CertswapError } from "../../../system/mod.ts";

/** A root, as messages name it. */
export interface NamedRoot {
  /** SHA-256, 64 lowercase hexadecimal digits. */
  readonly fingerprint: string;
  /** RFC 4514. Untrusted text. */
  readonly subject: string;
}

/** Why a root of the source is not trusted. */
export type RefusalReason =
  /** No trusted root certifies its key. */
  | "not-certified"
  | "expired"
  | "not-yet-valid"
  /** It is not the certificate of a CA. */
  | "not-a-ca"
  /** It was trusted once, and removed. */
  | "removed"
  /** The bundle is full. */
  | "too-many";

/** A root that the source has, and that is not trusted. */
export interface RefusedRoot extends NamedRoot {
  readonly reason: RefusalReason;
}

/** Warning: the source of a trust bundle cannot be read. The bundle is unchanged. */
export class TrustNotRefreshedError extends CertswapError {
  readonly code = "trust-not-refreshed";
  readonly path: string;
  /** Whether the next run tries again by itself: not what a person has asked for once. */
  readonly isRepeated: boolean;

  constructor(
    path: string,
    { isRepeated, cause }: { readonly isRepeated: boolean; readonly cause: unknown },
  ) {
    super(path, { cause });
    this.path = path;
    this.isRepeated = isRepeated;
  }
}

/** The source of a trust bundle has no root: it withdraws nothing with that. */
export class NoRootServedError extends CertswapError {
  readonly code = "no-root-served";
  /** How many other certificates it has. */
  readonly others: number;

  constructor(others: number) {
    super(`no root among ${others} certificates`);
    this.others = others;
  }
}

/** Warning: the source has roots that are not trusted. */
export class RootsNotTrustedError extends CertswapError {
  readonly code = "roots-not-trusted";
  readonly path: string;
  /** At least one. */
  readonly roots: readonly RefusedRoot[];

  constructor(path: string, roots: readonly RefusedRoot[]) {
    super(`${path}: ${roots.length} roots`);
    this.path = path;
    this.roots = roots;
  }
}

/** Why a root stays trusted although the source no longer has it. */
export type StayReason =
  /** The chain of the active certificate leads to it alone. */
  | "active-chain"
  /** The certificate of the EST server leads to it alone. */
  | "server"
  /** No other root that is valid now would be left. */
  | "last";

/** Warning: the source no longer has a root that is still needed. It stays trusted. */
export class RootStillNeededError extends CertswapError {
  readonly code = "root-still-needed";
  readonly path: string;
  readonly root: NamedRoot;
  readonly reason: StayReason;

  constructor(path: string, root: NamedRoot, reason: StayReason) {
    super(`${root.fingerprint}: ${reason}`);
    this.path = path;
    this.root = root;
    this.reason = reason;
  }
}

/** The root that a person wants to trust is not among those of the source, or cannot be trusted. */
export class RootNotAcceptedError extends CertswapError {
  readonly code = "root-not-accepted";
  readonly fingerprint: string;
  /** `undefined`: the source does not have it. */
  readonly reason: RefusalReason | undefined;
  /** The roots of the source that could be accepted. */
  readonly offered: readonly NamedRoot[];

  constructor(
    { fingerprint, reason, offered }: Pick<
      RootNotAcceptedError,
      "fingerprint" | "reason" | "offered"
    >,
  ) {
    super(`${fingerprint}: ${reason ?? "not served"}`);
    this.fingerprint = fingerprint;
    this.reason = reason;
    this.offered = offered;
  }
}

/** No pair, or not the named one, has a trust bundle. */
export class NoTrustBundleError extends CertswapError {
  readonly code = "no-trust-bundle";
  /** The named pair, if one was named. */
  readonly pair: string | undefined;
  /** The pairs with a trust bundle: several, if none was named. */
  readonly candidates: readonly string[];

  constructor(pair: string | undefined, candidates: readonly string[]) {
    super(pair ?? "no pair");
    this.pair = pair;
    this.candidates = candidates;
  }
}

/** The active pair is missing or broken: a trust bundle is kept up to date beside a usable pair. */
export class NoPairForTrustError extends CertswapError {
  readonly code = "no-pair-for-trust";
  /** Its name. */
  readonly pair: string;
  readonly certificate: string;

  constructor({ pair, certificate }: Pick<NoPairForTrustError, "pair" | "certificate">) {
    super(certificate);
    this.pair = pair;
    this.certificate = certificate;
  }
}
