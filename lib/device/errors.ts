/** What can go wrong with a pair: its files, its certificate, and its change. */
import { CertswapError } from "../system/mod.ts";

/** What a file of a pair is for. */
export type FileRole = "certificate" | "key" | "combined" | "trust" | "pkcs12";

/** A symbolic link that leads to nothing, where a file is to be changed. */
export class DanglingLinkError extends CertswapError {
  readonly code = "dangling-link";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a link to nothing`);
    this.path = path;
  }
}

/** Symbolic links that lead round in a circle. */
export class LinkLoopError extends CertswapError {
  readonly code = "link-loop";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`${path} leads round in a circle of links`, options);
    this.path = path;
  }
}

/**
 * The directory that a file should lie in is not there. It is never made: a typing error would make one.
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

/** Two files of a pair are one and the same. */
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

/** A path has a name of the kind that certswap keeps for itself. */
export class ReservedPathError extends CertswapError {
  readonly code = "reserved-path";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is reserved`);
    this.path = path;
  }
}

/** A file of a pair cannot be used. `cause` says why, in the words of `lib/x509`. */
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

/** A private key does not belong to the certificate it is given with. */
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

/** A certificate is past its notAfter, or will be before a service could do much with it. */
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

/** Of a certificate's life less is left than makes a swap worth it. */
export class CertificateExpiresSoonError extends CertswapError {
  readonly code = "certificate-expires-soon";
  readonly path: string;
  readonly notAfter: Date;
  readonly now: Date;
  /** How much has to be left, in milliseconds. */
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

/** A certificate's notBefore is yet to come: it is too new, or the clock is wrong. */
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

/** The first certificate of a file is a CA's (basicConstraints cA, RFC 5280 4.2.1.9), not a service's. */
export class AuthorityAsLeafError extends CertswapError {
  readonly code = "authority-as-leaf";
  readonly path: string;
  /** Whether it is its own issuer, and alone in its file: `openssl req -x509` makes such with CA:TRUE. */
  readonly isSelfSigned: boolean;

  constructor(path: string, { isSelfSigned }: Pick<AuthorityAsLeafError, "isSelfSigned">) {
    super(`${path} is the certificate of a CA`);
    this.path = path;
    this.isSelfSigned = isSelfSigned;
  }
}

/** A certificate file holds a chain, but not in the order of RFC 5246 7.4.2: each certified by the next. */
export class ChainOrderError extends CertswapError {
  readonly code = "chain-order";
  readonly path: string;
  /** The file's certificates, counted from 1, in the order in which they should be. */
  readonly order: readonly number[];
  /** Of the service's own certificate, RFC 4514. Untrusted text. */
  readonly leaf: string;

  constructor(path: string, { order, leaf }: Pick<ChainOrderError, "order" | "leaf">) {
    super(`${path}: the certificates should be in the order ${order.join(", ")}`);
    this.path = path;
    this.order = order;
    this.leaf = leaf;
  }
}

/** A certificate of a file of trust anchors cannot be read, and is left out. `cause` says why. */
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

/** A certificate file goes on with a certificate that is not the issuer's: two leaves, or out of order. */
export class UnrelatedCertificateError extends CertswapError {
  readonly code = "unrelated-certificate";
  readonly path: string;
  /** Which of the file's certificates it is, from 1. */
  readonly position: number;
  /** RFC 4514. Untrusted text. */
  readonly subject: string;
  /** The issuer that should stand there, RFC 4514. Untrusted text. */
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

/** A certificate holds critical extensions that certswap does not process: RFC 5280 4.2 has it refused. */
export class CriticalExtensionError extends CertswapError {
  readonly code = "critical-extension";
  readonly path: string;
  /** OBJECT IDENTIFIERs in dots. */
  readonly extensions: readonly string[];

  constructor(path: string, extensions: readonly string[]) {
    super(`${path}: unknown critical extensions ${extensions.join(" ")}`);
    this.path = path;
    this.extensions = extensions;
  }
}

/** A file of a pair is a mount point itself: rename(2) cannot replace it. */
export class MountedFileError extends CertswapError {
  readonly code = "mounted-file";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a mount point`);
    this.path = path;
  }
}

/** A new certificate is for someone else than the active one. */
export class IdentityChangedError extends CertswapError {
  readonly code = "identity-changed";
  readonly path: string;
  /** The subjects, where they differ. Untrusted text. */
  readonly subject: { readonly active: string; readonly given: string } | undefined;
  /** The alternative names that the new certificate lacks. Untrusted text. */
  readonly missingNames: readonly string[];

  constructor(path: string, difference: Pick<IdentityChangedError, "subject" | "missingNames">) {
    super(`${path} is for another identity`);
    this.path = path;
    this.subject = difference.subject;
    this.missingNames = difference.missingNames;
  }
}

/** A new certificate cannot be used for something that the active one can. */
export class PurposeLostError extends CertswapError {
  readonly code = "purpose-lost";
  readonly path: string;
  /** OBJECT IDENTIFIERs in dots. At least one. */
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

/** There is no pending pair to swap in. */
export class NoPendingPairError extends CertswapError {
  readonly code = "no-pending-pair";
  /** The active certificate that it would have stood beside. */
  readonly certificate: string;

  constructor(certificate: string) {
    super(`no pending pair beside ${certificate}`);
    this.certificate = certificate;
  }
}

/** There is no previous pair to go back to. */
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
 * A swap failed after its pair had been validated: the old pair is still active, the pending one removed.
 */
export class SwapFailedError extends CertswapError {
  readonly code = "swap-failed";
  /** Whether the pending pair could be removed. */
  readonly pendingRemoved: boolean;

  constructor(pendingRemoved: boolean, options: { cause: unknown }) {
    super("the swap failed, the old pair stands", options);
    this.pendingRemoved = pendingRemoved;
  }
}

/** Warning: the active pair cannot be used, and is (or was) replaced all the same. */
export class BrokenActivePairError extends CertswapError {
  readonly code = "broken-active-pair";
  readonly certificate: string;
  readonly defect: "certificate-missing" | "key-missing" | "unreadable" | "mismatched";

  constructor(
    certificate: string,
    defect: BrokenActivePairError["defect"],
    options?: ErrorOptions,
  ) {
    super(`the active pair of ${certificate} is broken: ${defect}`, options);
    this.certificate = certificate;
    this.defect = defect;
  }
}

/** The active key is not the pair's own file: it has another name too, or only a link leads to it. */
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

/** Warning: the state file, or a part of it, cannot be read. What the service was told is unknown then. */
export class UnreadableStateError extends CertswapError {
  readonly code = "unreadable-state";
  readonly path: string;
  /** The fields that cannot be read, the others can; `undefined`: nothing of it. */
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

/** Warning: the combined file of the last change is not given this time, and keeps what it has. */
export class CombinedLeftBehindError extends CertswapError {
  readonly code = "combined-left-behind";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not part of this change`);
    this.path = path;
  }
}

/** Warning: the combined file does not hold the pair that is active, or is not there. */
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
 * Warning: an earlier run left something behind. Until recovery has run, what is seen is not what counts.
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
 * A file has an access control list that cannot be read here: whoever may read the file by that list alone
 * may not read the new one. A warning.
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
 * A file that everybody could read, and that held no private key, is given one: only its owner can read the
 * new file. A warning.
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
 * A file of a pair is missing, and its directory is another than when the pair was last complete. Nothing was
 * changed.
 */
export class NotMountedError extends CertswapError {
  readonly code = "not-mounted";
  /** The file that is missing. */
  readonly path: string;
  readonly directory: string;

  constructor(path: string, directory: string) {
    super(`${path} is missing, and ${directory} is another directory than before`);
    this.path = path;
    this.directory = directory;
  }
}

/** A directory that is configured to be a mount point is none. Nothing was changed. */
export class MountRequiredError extends CertswapError {
  readonly code = "mount-required";
  readonly directory: string;

  constructor(directory: string) {
    super(`${directory} is not mounted`);
    this.directory = directory;
  }
}
