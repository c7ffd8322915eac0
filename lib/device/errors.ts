/** Errors of a pair: of its files, its certificate, and its change. */
import { CertswapError, type FileInfo } from "../system/mod.ts";
import type { NotPemError } from "../x509/mod.ts";

/** The role of a file in a pair. */
export type FileRole =
  | "certificate"
  | "key"
  | "combined"
  | "output"
  | "trust"
  | "pkcs12"
  | "password";

/** The target is a dangling symbolic link. */
export class DanglingLinkError extends CertswapError {
  readonly code = "dangling-link";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a link to nothing`);
    this.path = path;
  }
}

/** The target is part of a symbolic link loop. */
export class LinkLoopError extends CertswapError {
  readonly code = "link-loop";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`${path} is part of a symbolic link loop`, options);
    this.path = path;
  }
}

/**
 * The directory of a file does not exist. certswap never creates it: a typing error would create a new one.
 */
export class MissingDirectoryError extends CertswapError {
  readonly code = "missing-directory";
  readonly path: string;
  readonly directory: string;

  constructor(path: string, directory: string) {
    super(`${directory} is missing, for ${path}`);
    this.path = path;
    this.directory = directory;
  }
}

/** Two paths of a pair lead to the same file. */
export class SamePathError extends CertswapError {
  readonly code = "same-path";
  /** Resolved. */
  readonly path: string;
  readonly roles: readonly [FileRole, FileRole];

  constructor(path: string, roles: readonly [FileRole, FileRole]) {
    super(`${path} is given as ${roles.join(" and ")}`);
    this.path = path;
    this.roles = roles;
  }
}

/** A path has a name that is reserved for certswap's own files. */
export class ReservedPathError extends CertswapError {
  readonly code = "reserved-path";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is reserved`);
    this.path = path;
  }
}

/** A file must belong to a user or group that was not found on this machine. */
export class UnknownAccountError extends CertswapError {
  readonly code = "unknown-account";
  /** The file. */
  readonly path: string;
  readonly kind: "user" | "group";
  /** Its name, or its number, as written in the configuration. */
  readonly account: string;
  /** Whether getent(1) answered. If not, the account may exist in a directory service. */
  readonly wasAsked: boolean;

  constructor(
    path: string,
    { kind, account, wasAsked }: Pick<UnknownAccountError, "kind" | "account" | "wasAsked">,
  ) {
    super(`no ${kind} ${JSON.stringify(account)} for ${path}`);
    this.path = path;
    this.kind = kind;
    this.account = account;
    this.wasAsked = wasAsked;
  }
}

/** What a file seems to be that is not part of a pair. */
export type UnrelatedKind =
  | { readonly kind: "pem"; readonly label: string }
  | { readonly kind: "script" | NotPemError["found"] };

/** A file that a change would overwrite holds neither a certificate nor a private key. */
export class UnrelatedFileError extends CertswapError {
  readonly code = "unrelated-file";
  readonly path: string;
  readonly role: FileRole;
  readonly found: UnrelatedKind;

  constructor(path: string, role: FileRole, found: UnrelatedKind) {
    super(`${path} (${role}) holds something else: ${found.kind}`);
    this.path = path;
    this.role = role;
    this.found = found;
  }
}

/** A file of a pair cannot be used. `cause` is the error of `lib/x509`. */
export class UnusableFileError extends CertswapError {
  readonly code = "unusable-file";
  readonly path: string;
  readonly role: FileRole;
  override readonly cause: CertswapError;

  constructor(path: string, role: FileRole, options: { cause: CertswapError }) {
    super(`${path} (${role}): ${options.cause.message}`, options);
    this.path = path;
    this.role = role;
    this.cause = options.cause;
  }
}

/** The private key does not match the certificate. */
export class KeyMismatchError extends CertswapError {
  readonly code = "key-mismatch";
  readonly certificate: string;
  readonly key: string;

  constructor(certificate: string, key: string) {
    super(`${key} does not belong to ${certificate}`);
    this.certificate = certificate;
    this.key = key;
  }
}

/** A certificate has expired, or expires too soon to be of use. */
export class CertificateExpiredError extends CertswapError {
  readonly code = "certificate-expired";
  readonly path: string;
  readonly notAfter: Date;
  readonly now: Date;

  constructor(path: string, notAfter: Date, now: Date) {
    super(`${path} expired at ${notAfter.toISOString()}`);
    this.path = path;
    this.notAfter = notAfter;
    this.now = now;
  }
}

/** A certificate's remaining life is too short for a swap. */
export class CertificateExpiresSoonError extends CertswapError {
  readonly code = "certificate-expires-soon";
  readonly path: string;
  readonly notAfter: Date;
  readonly now: Date;
  /** The least remaining life, in milliseconds. */
  readonly least: number;

  constructor(
    path: string,
    notAfter: Date,
    { now, least }: Pick<CertificateExpiresSoonError, "now" | "least">,
  ) {
    super(`${path} expires at ${notAfter.toISOString()}`);
    this.path = path;
    this.notAfter = notAfter;
    this.now = now;
    this.least = least;
  }
}

/** A certificate's notBefore is in the future: it is too new, or the clock is wrong. */
export class CertificateNotYetValidError extends CertswapError {
  readonly code = "certificate-not-yet-valid";
  readonly path: string;
  readonly notBefore: Date;
  readonly now: Date;

  constructor(path: string, notBefore: Date, now: Date) {
    super(`${path} is valid from ${notBefore.toISOString()}`);
    this.path = path;
    this.notBefore = notBefore;
    this.now = now;
  }
}

/**
 * The first certificate of a file is a CA certificate (basicConstraints cA, RFC 5280 4.2.1.9), not a leaf.
 */
export class AuthorityAsLeafError extends CertswapError {
  readonly code = "authority-as-leaf";
  readonly path: string;
  /** Whether it is self-issued and alone in its file: `openssl req -x509` makes these with CA:TRUE. */
  readonly isSelfSigned: boolean;

  constructor(path: string, { isSelfSigned }: Pick<AuthorityAsLeafError, "isSelfSigned">) {
    super(`${path} is the certificate of a CA`);
    this.path = path;
    this.isSelfSigned = isSelfSigned;
  }
}

/** A certificate file has a chain in the wrong order: each must be certified by the next (RFC 5246 7.4.2). */
export class ChainOrderError extends CertswapError {
  readonly code = "chain-order";
  readonly path: string;
  /** The certificates of the file, counted from 1, in the right order. */
  readonly order: readonly number[];
  /** Subject of the leaf, RFC 4514. Untrusted text. */
  readonly leaf: string;

  constructor(path: string, { order, leaf }: Pick<ChainOrderError, "order" | "leaf">) {
    super(`${path}: the certificates should be in the order ${order.join(", ")}`);
    this.path = path;
    this.order = order;
    this.leaf = leaf;
  }
}

/** Warning: a trust anchor cannot be read, and is skipped. `cause` says why. */
export class UnreadableAnchorError extends CertswapError {
  readonly code = "unreadable-anchor";
  readonly path: string;
  /** Which of the file's certificates it is, from 1. */
  readonly position: number;

  constructor(path: string, position: number, options: ErrorOptions) {
    super(`${path}: certificate ${position} cannot be read`, options);
    this.path = path;
    this.position = position;
  }
}

/** A certificate file continues with a certificate that is not the issuer's. */
export class UnrelatedCertificateError extends CertswapError {
  readonly code = "unrelated-certificate";
  readonly path: string;
  /** Which of the file's certificates it is, from 1. */
  readonly position: number;
  /** RFC 4514. Untrusted text. */
  readonly subject: string;
  /** The expected issuer, RFC 4514. Untrusted text. */
  readonly expected: string;

  constructor(
    path: string,
    details: Pick<UnrelatedCertificateError, "position" | "subject" | "expected">,
  ) {
    super(`${path}: certificate ${details.position} is not the issuer of the one before`);
    this.path = path;
    this.position = details.position;
    this.subject = details.subject;
    this.expected = details.expected;
  }
}

/**
 * A certificate has critical extensions that certswap does not process: it must be refused (RFC 5280 4.2).
 */
export class CriticalExtensionError extends CertswapError {
  readonly code = "critical-extension";
  readonly path: string;
  /** OBJECT IDENTIFIERs in dotted form. */
  readonly extensions: readonly string[];

  constructor(path: string, extensions: readonly string[]) {
    super(`${path}: unknown critical extensions ${extensions.join(" ")}`);
    this.path = path;
    this.extensions = extensions;
  }
}

/** A file of a pair is itself a mount point: rename(2) cannot replace it. */
export class MountedFileError extends CertswapError {
  readonly code = "mounted-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a mount point`);
    this.path = path;
  }
}

/** Warning: the next change of a pair could not be written. */
export class RenewalBlockedError extends CertswapError {
  readonly code = "renewal-blocked";
  /**
   * The directory in which files would have to be created. For `wrong-kind` and `writable-by-others`: the
   * state directory, or a lock file in it.
   */
  readonly path: string;
  /** `permission`: the user who renews the pair may not write there. */
  readonly reason:
    | "read-only"
    | "full"
    | "no-inodes"
    | "permission"
    | "wrong-kind"
    | "writable-by-others";
  /** For `full`: bytes. */
  readonly leftBytes: number | undefined;
  readonly neededBytes: number | undefined;
  /** For `permission`. */
  readonly userId: number | undefined;
  /** For `permission`: the state directory, whose owner renews the pair. */
  readonly stateDirectory: string | undefined;
  /** For `wrong-kind` and `writable-by-others`: what is there. */
  readonly found: Pick<FileInfo, "kind" | "mode"> | undefined;

  constructor(
    path: string,
    { reason, leftBytes, neededBytes, userId, stateDirectory, found }:
      & Pick<RenewalBlockedError, "reason">
      & Partial<Omit<RenewalBlockedError, "reason" | "path" | "code">>,
  ) {
    super(`${path} cannot be written: ${reason}`);
    this.path = path;
    this.reason = reason;
    this.leftBytes = leftBytes;
    this.neededBytes = neededBytes;
    this.userId = userId;
    this.stateDirectory = stateDirectory;
    this.found = found;
  }
}

/** A new certificate has a different identity from the active one. */
export class IdentityChangedError extends CertswapError {
  readonly code = "identity-changed";
  readonly path: string;
  /** The subjects, if they differ. Untrusted text. */
  readonly subject: { readonly active: string; readonly given: string } | undefined;
  /** The SANs that the new certificate lacks. Untrusted text. */
  readonly missingNames: readonly string[];

  constructor(path: string, difference: Pick<IdentityChangedError, "subject" | "missingNames">) {
    super(`${path} is for another identity`);
    this.path = path;
    this.subject = difference.subject;
    this.missingNames = difference.missingNames;
  }
}

/** A new certificate lacks a purpose that the active one has. */
export class PurposeLostError extends CertswapError {
  readonly code = "purpose-lost";
  readonly path: string;
  /** OBJECT IDENTIFIERs in dotted form. At least one. */
  readonly purposes: readonly string[];

  constructor(path: string, purposes: readonly string[]) {
    super(`${path} is not for ${purposes.join(" ")}`);
    this.path = path;
    this.purposes = purposes;
  }
}

/** A new certificate was issued more than a day before the active one, and ends no later. */
export class OlderThanActiveError extends CertswapError {
  readonly code = "older-than-active";
  readonly path: string;
  readonly notBefore: Date;
  readonly activeNotBefore: Date;

  constructor(path: string, notBefore: Date, activeNotBefore: Date) {
    super(`${path} is older than the active certificate`);
    this.path = path;
    this.notBefore = notBefore;
    this.activeNotBefore = activeNotBefore;
  }
}

/** There is no pending pair, or only half of one. */
export class NoPendingPairError extends CertswapError {
  readonly code = "no-pending-pair";
  /** The active certificate that it would have been beside. */
  readonly certificate: string;
  /** The file that is missing, if the other one exists. */
  readonly missing: string | undefined;

  constructor(certificate: string, missing?: string) {
    super(`no pending pair beside ${certificate}`);
    this.certificate = certificate;
    this.missing = missing;
  }
}

/** There is no previous pair. */
export class NoPreviousPairError extends CertswapError {
  readonly code = "no-previous-pair";
  /** The active certificate that it would have stood beside. */
  readonly certificate: string;

  constructor(certificate: string) {
    super(`no previous pair beside ${certificate}`);
    this.certificate = certificate;
  }
}

/**
 * A swap failed after its pair had been validated: the old pair is still active, the pending pair was
 * removed.
 */
export class SwapFailedError extends CertswapError {
  readonly code = "swap-failed";
  /** Whether the pending pair was removed. */
  readonly pendingRemoved: boolean;

  constructor(pendingRemoved: boolean, options: { cause: unknown }) {
    super("the swap failed, the old pair stands", options);
    this.pendingRemoved = pendingRemoved;
  }
}

/** Warning: the active pair cannot be used; it is (or was) replaced anyway. */
export class BrokenActivePairError extends CertswapError {
  readonly code = "broken-active-pair";
  readonly certificate: string;
  readonly defect: "certificate-missing" | "key-missing" | "unreadable" | "mismatched";
  /** Whether a change replaces the broken pair. */
  readonly isReplaced: boolean;

  constructor(
    certificate: string,
    defect: BrokenActivePairError["defect"],
    { isReplaced = false, ...options }: ErrorOptions & { readonly isReplaced?: boolean } = {},
  ) {
    super(`the active pair of ${certificate} is broken: ${defect}`, options);
    this.certificate = certificate;
    this.defect = defect;
    this.isReplaced = isReplaced;
  }
}

/** The active key is not the pair's own file: it has another hard link, or the path is a symbolic link. */
export class KeyNotOwnError extends CertswapError {
  readonly code = "key-not-own";
  readonly path: string;
  readonly reason: "hard-links" | "symbolic-link";

  constructor(path: string, reason: KeyNotOwnError["reason"]) {
    super(`${path} is not the pair's own: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** Warning: the name of the file for metrics does not end in `.prom`. node_exporter reads no other name. */
export class MetricsNameError extends CertswapError {
  readonly code = "metrics-name";
  readonly path: string;

  constructor(path: string) {
    super(`${path} does not end in .prom`);
    this.path = path;
  }
}

/** The file for metrics holds something else, which is not overwritten. */
export class NotMetricsError extends CertswapError {
  readonly code = "not-metrics";
  readonly path: string;

  constructor(path: string) {
    super(`${path} holds no metrics of certswap`);
    this.path = path;
  }
}

/** Every user of this machine can read or write a file that holds the active private key. */
export class KeyExposedError extends CertswapError {
  readonly code = "key-exposed";
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;

  constructor(path: string, mode: number) {
    super(`${path} has mode ${mode.toString(8)}`);
    this.path = path;
    this.mode = mode;
  }
}

/** Warning: the state file, or part of it, cannot be read. Whether the service was told is then unknown. */
export class UnreadableStateError extends CertswapError {
  readonly code = "unreadable-state";
  readonly path: string;
  /** The unreadable fields; `undefined`: the whole file is unreadable. */
  readonly fields: readonly string[] | undefined;

  /** @param options `cause`: what is there cannot even be replaced. */
  constructor(
    path: string,
    { fields, ...options }: ErrorOptions & { readonly fields?: readonly string[] | undefined } = {},
  ) {
    super(`${path} is not a state file: ${fields?.join(", ") ?? "all of it"}`, options);
    this.path = path;
    this.fields = fields;
  }
}

/**
 * A state file or record of a pair has the format of a newer version. It is neither obeyed nor replaced, and
 * the pair is not changed.
 */
export class NewerStateError extends CertswapError {
  readonly code = "newer-state";
  readonly path: string;
  /** The version in the file, and the newest known one. */
  readonly version: number;
  readonly known: number;

  constructor(path: string, { version, known }: Pick<NewerStateError, "version" | "known">) {
    super(`${path} has format ${version}, newer than ${known}`);
    this.path = path;
    this.version = version;
    this.known = known;
  }
}

/** Warning: the combined file of the last change is not named this time, and stays as it is. */
export class CombinedLeftBehindError extends CertswapError {
  readonly code = "combined-left-behind";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not part of this change`);
    this.path = path;
  }
}

/** Warning: the combined file does not contain the active pair, or does not exist. */
export class CombinedStaleError extends CertswapError {
  readonly code = "combined-stale";
  readonly path: string;
  readonly isMissing: boolean;
  /** The active pair. */
  readonly active: { readonly certificate: string; readonly key: string };

  constructor(
    path: string,
    { isMissing, active }: Pick<CombinedStaleError, "isMissing" | "active">,
  ) {
    super(`${path} does not hold the active pair`);
    this.path = path;
    this.isMissing = isMissing;
    this.active = active;
  }
}

/**
 * Warning: an earlier run was interrupted. Until recovery has run, the files do not show the final state.
 */
export class RecoveryDueError extends CertswapError {
  readonly code = "recovery-due";
  readonly certificate: string;

  constructor(certificate: string) {
    super(`recovery is due for ${certificate}`);
    this.certificate = certificate;
  }
}

/**
 * Warning: a file has an access control list that cannot be read here. Users who can read the file only
 * through that list cannot read the new one.
 */
export class AccessListLostError extends CertswapError {
  readonly code = "access-list-lost";
  readonly path: string;
  /** The group of the file. Its bits were the mask of the list, and are not given to it. */
  readonly gid: number;

  constructor(path: string, gid: number) {
    super(`the access control list of ${path} is lost`);
    this.path = path;
    this.gid = gid;
  }
}

/**
 * Warning: a file that everyone could read, without a private key, will contain one: only its owner can read
 * the new file.
 */
export class PublicFileClosedError extends CertswapError {
  readonly code = "public-file-closed";
  readonly path: string;

  constructor(path: string) {
    super(`${path} held no private key, and is closed to everybody but its owner`);
    this.path = path;
  }
}

/**
 * A file of a pair is missing, and its directory is not the one it was when the pair was last complete.
 * Nothing was changed.
 */
export class NotMountedError extends CertswapError {
  readonly code = "not-mounted";
  /** The missing file. */
  readonly path: string;
  readonly directory: string;

  constructor(path: string, directory: string) {
    super(`${path} is missing, and ${directory} is another directory than before`);
    this.path = path;
    this.directory = directory;
  }
}

/** A directory that must be a mount point by the configuration is not one. Nothing was changed. */
export class MountRequiredError extends CertswapError {
  readonly code = "mount-required";
  readonly directory: string;

  constructor(directory: string) {
    super(`${directory} is not mounted`);
    this.directory = directory;
  }
}
