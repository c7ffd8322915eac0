/** The base class of certswap's errors, and the errors of the doors to the outside. */
import type { FileInfo } from "./files/mod.ts";

/** Marks the errors of certswap in every file of its bundle: each has its own copy of the classes. */
const mark = Symbol.for("certswap.error");

/**
 * The base class of every error that certswap throws on purpose.
 *
 * An error has typed fields for its caller and no text for people: `lib/cli/messages` is the one place that
 * turns a `code` and those fields into a message and a hint.
 */
export abstract class CertswapError extends Error {
  /**
   * An error of another file of the bundle is one, too. This is not so for the classes below, which only
   * know their own: what such a file throws is told by its `code`.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === CertswapError
      ? value instanceof Error && mark in value
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  static {
    Object.defineProperty(this.prototype, mark, { value: true });
  }

  /** A stable, hyphenated word for scripts (shown by `--json`) and for the table of messages. */
  abstract readonly code: string;

  /**
   * @param developerText for stack traces; never shown to an operator.
   * @param options `cause`: the underlying error, if there is one.
   */
  constructor(developerText: string, options?: ErrorOptions) {
    super(developerText, options);
  }
}

/** What `work` returns; `undefined` if it throws a {@linkcode CertswapError}. Defects are rethrown. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** As {@linkcode attempt}, for work that takes a while. */
export async function attemptAsync<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The operations of the file-system door, as named in errors and in simulated traces. */
export type FileOperation =
  | "open"
  | "create"
  | "read"
  | "write"
  | "stat"
  | "chown"
  | "chmod"
  | "fsync"
  | "lock"
  | "close"
  | "readdir"
  | "realpath"
  | "readlink"
  | "mkdir"
  | "rmdir"
  | "rename"
  | "symlink"
  | "link"
  | "unlink"
  | "getfacl"
  | "setfacl";

/** A system call on a file was refused. `errno` is the POSIX name (`ENOSPC`), see errno(3). */
export class FileSystemError extends CertswapError {
  readonly code = "file-system";
  readonly errno: string;
  readonly operation: FileOperation;
  readonly path: string;

  constructor(
    errno: string,
    operation: FileOperation,
    path: string,
    options?: ErrorOptions,
  ) {
    super(`${operation} ${path}: ${errno}`, options);
    this.errno = errno;
    this.operation = operation;
    this.path = path;
  }
}

/**
 * A file system gave a new file a mode that allows others too much: it keeps no modes (vfat, exFAT), and its
 * mount gives every file the same one.
 */
export class ModeNotKeptError extends CertswapError {
  readonly code = "mode-not-kept";
  readonly path: string;
  /** Permission bits. */
  readonly wanted: number;
  readonly found: number;

  constructor(
    path: string,
    { wanted, found }: { readonly wanted: number; readonly found: number },
  ) {
    super(`${path} has mode ${found.toString(8)} instead of ${wanted.toString(8)}`);
    this.path = path;
    this.wanted = wanted;
    this.found = found;
  }
}

/** Standard output cannot be written. `errno` is the POSIX name, see write(2). */
export class OutputLostError extends CertswapError {
  readonly code = "output-lost";
  readonly errno: string;

  constructor(errno: string, options?: ErrorOptions) {
    super(`standard output: ${errno}`, options);
    this.errno = errno;
  }
}

/** A file is larger than certswap accepts for its kind. */
export class FileTooLargeError extends CertswapError {
  readonly code = "file-too-large";
  readonly path: string;
  /** The size limit, in bytes. */
  readonly limit: number;

  constructor(path: string, limit: number) {
    super(`${path} is larger than ${limit} bytes`);
    this.path = path;
    this.limit = limit;
  }
}

/** What a file is for, if the hint for its error depends on it. */
export type FileUse =
  /** Half of a pair, for which there is `--dir`. */
  | "certificate-or-key"
  | "configuration"
  /** In the directory of drop-ins. */
  | "drop-in"
  | "request"
  | "trust-anchors";

/** A path leads to something other than the expected regular file or directory. */
export class WrongFileKindError extends CertswapError {
  readonly code = "wrong-file-kind";
  readonly path: string;
  readonly expected: "file" | "directory";
  readonly found: FileInfo["kind"];
  readonly use: FileUse | undefined;

  constructor(
    path: string,
    expected: "file" | "directory",
    found: FileInfo["kind"],
    { use }: { readonly use?: FileUse | undefined } = {},
  ) {
    super(`${path}: expected a ${expected}, found: ${found}`);
    this.path = path;
    this.expected = expected;
    this.found = found;
    this.use = use;
  }
}

/** The same error, with what the file is for; any other error unchanged. */
export function withUse(error: unknown, use: FileUse | undefined): unknown {
  return error instanceof WrongFileKindError
    ? new WrongFileKindError(error.path, error.expected, error.found, { use })
    : error;
}

/** Users other than root and the caller can exchange what a path leads to. */
export class UntrustedPlaceError extends CertswapError {
  readonly code = "untrusted-place";
  /** As given. */
  readonly path: string;
  /** The directory that others can change, absolute, with every link resolved; or the file itself. */
  readonly place: string;
  readonly kind: FileInfo["kind"];
  /** Its owner. */
  readonly uid: number;
  /** Its permission bits. */
  readonly mode: number;
  /** The user of this process, getuid(2). */
  readonly userId: number;

  constructor(
    path: string,
    { place, info, userId }: {
      readonly place: string;
      readonly info: FileInfo;
      readonly userId: number;
    },
  ) {
    super(`${path}: others can change ${place} (uid ${info.uid}, mode ${info.mode.toString(8)})`);
    this.path = path;
    this.place = place;
    this.kind = info.kind;
    this.uid = info.uid;
    this.mode = info.mode;
    this.userId = userId;
  }
}

/** A path names a descriptor of this process that cannot be read: it is not a pipe. */
export class UnreadableDescriptorError extends CertswapError {
  readonly code = "unreadable-descriptor";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`${path} is no pipe`, options);
    this.path = path;
  }
}

/**
 * A program could not be started. `errno` is the POSIX name, see execve(2): `ENOENT`, `EACCES`; or
 * `ENOTCAPABLE` if the process does not have the permission to run it.
 */
export class ProcessStartError extends CertswapError {
  readonly code = "process-start";
  readonly program: string;
  readonly errno: string;

  constructor(program: string, errno: string, options?: ErrorOptions) {
    super(`cannot start ${program}: ${errno}`, options);
    this.program = program;
    this.errno = errno;
  }
}

/** A program that cannot be run: execve(2) would say EACCES. */
export class NotExecutableError extends CertswapError {
  readonly code = "not-executable";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not executable`);
    this.path = path;
  }
}

/** A program without a path is in none of the directories that are searched for it. */
export class ProgramNotFoundError extends CertswapError {
  readonly code = "program-not-found";
  readonly program: string;
  /** Absolute. */
  readonly directories: readonly string[];

  constructor(program: string, directories: readonly string[]) {
    super(`no program ${program}`);
    this.program = program;
    this.directories = directories;
  }
}

/**
 * The protocol that a server speaks, by its first bytes, instead of TLS or of the protocol that should start
 * TLS. `tls`: TLS itself, although it should be started first.
 */
export type Banner = "smtp" | "imap" | "pop3" | "ftp" | "mysql" | "ssh" | "http" | "tls";

/** Details of a failed TLS connection. */
interface TlsConnectionErrorOptions extends ErrorOptions {
  readonly banner?: Banner | undefined;
  readonly alert?: string | undefined;
  readonly said?: string | undefined;
}

/** A TLS server did not show its certificate, or did not accept the client's. */
export class TlsConnectionError extends CertswapError {
  readonly code = "tls-connection";
  readonly host: string;
  readonly port: number;
  /**
   * - `refused`, `unreachable`, `unknown-host`: no TCP connection.
   * - `time-limit`: no answer within the time limit.
   * - `handshake`: the server ended the connection within the handshake, or sent an invalid handshake.
   * - `not-tls`: the server speaks another protocol; `banner` says which one, if it is a known one.
   * - `starttls`: the server did not start TLS when it was asked to; `said` is its answer.
   * - `unseen`: the server speaks TLS, but certswap cannot see its certificate. That is a limit of certswap,
   *   and says nothing about the certificate.
   * - `client-certificate`: the server ended the connection because of the client's certificate.
   * - `not-asked`: the server did not ask for a client's certificate.
   * - `unusable-identity`: the runtime's TLS cannot use the client's pair.
   * - `untrusted`: the server's certificates do not lead to a trust anchor, or it lacks their key.
   * - `proxy`: the proxy did not connect; `said` is its answer.
   * - `proxy-unreachable`: there is no connection to the proxy itself.
   * - `proxy-variable`: `https_proxy` cannot be read. Its value may be secret.
   */
  readonly reason:
    | "refused"
    | "unreachable"
    | "unknown-host"
    | "time-limit"
    | "handshake"
    | "not-tls"
    | "starttls"
    | "unseen"
    | "client-certificate"
    | "not-asked"
    | "unusable-identity"
    | "untrusted"
    | "proxy"
    | "proxy-unreachable"
    | "proxy-variable";
  readonly banner: Banner | undefined;
  /** The name of the alert that the server sent: `handshake_failure` (RFC 8446 section 6). */
  readonly alert: string | undefined;
  /** The server's own words, at most 200 characters, to be escaped before printing. */
  readonly said: string | undefined;

  constructor(
    { host, port }: { readonly host: string; readonly port: number },
    reason: TlsConnectionError["reason"],
    { banner, alert, said, ...options }: TlsConnectionErrorOptions = {},
  ) {
    super(`${host}:${port}: ${reason}`, options);
    this.host = host;
    this.port = port;
    this.reason = reason;
    this.banner = banner;
    this.alert = alert;
    this.said = said;
  }
}

/** A server cannot listen on an address. `errno` is the POSIX name, see bind(2): `EADDRINUSE`, `EACCES`. */
export class ListenError extends CertswapError {
  readonly code = "listen";
  readonly host: string;
  readonly port: number;
  readonly errno: string;

  constructor(
    { host, port }: { readonly host: string; readonly port: number },
    errno: string,
    options?: ErrorOptions,
  ) {
    super(`cannot listen on ${host}:${port}: ${errno}`, options);
    this.host = host;
    this.port = port;
    this.errno = errno;
  }
}

/** A path cannot be written into a permission of the runtime. */
export class UnwritablePermissionError extends CertswapError {
  readonly code = "unwritable-permission";
  readonly path: string;

  constructor(path: string) {
    super(`${path} cannot be written into a permission`);
    this.path = path;
  }
}

/** The runtime's TLS does not take a pair for a server. It is never shown. */
export class BadServerIdentityError extends CertswapError {
  readonly code = "bad-server-identity";
  /** The code of the runtime's error. */
  readonly reason: string;

  constructor(reason: string) {
    super(`the pair of a server is refused: ${reason}`);
    this.reason = reason;
  }
}

/** An HTTP server's answer cannot be used. */
export class HttpAnswerError extends CertswapError {
  readonly code = "http-answer";
  /** `cut-off`: the connection ended within the answer. */
  readonly problem: "too-large" | "malformed" | "cut-off";

  constructor(problem: HttpAnswerError["problem"]) {
    super(problem);
    this.problem = problem;
  }
}

/**
 * Whether `error` is a failed system call with one of these errno names. Compared by code, not by class: a
 * file of the bundle that is loaded late has its own copy of the class.
 */
export function isErrno(error: unknown, ...names: string[]): error is FileSystemError {
  const { code, errno } = error instanceof Error ? error as Partial<FileSystemError> : {};
  return code === "file-system" && errno !== undefined && names.includes(errno);
}

/** What a secret is called in messages. */
export type SecretKind = "password" | "passphrase" | "private key" | "secret";

/** A file or a descriptor with a password cannot be used. Its content is never shown. */
export class SecretFileError extends CertswapError {
  readonly code = "password-file";
  readonly path: string;
  readonly kind: SecretKind;
  /**
   * - `readable`: others than the caller and root can read it.
   * - `stream`: a pipe.
   * - `too-long`, `nul`: the first line is not a password.
   * - `empty`: the first line is empty, and the password has to protect something.
   */
  readonly reason: "readable" | "stream" | "too-long" | "nul" | "empty";
  /** Permission bits, if they are the reason. */
  readonly mode: number | undefined;

  constructor(
    { path, kind }: { readonly path: string; readonly kind: SecretKind },
    { reason, mode }: {
      readonly reason: SecretFileError["reason"];
      readonly mode?: number | undefined;
    },
  ) {
    super(`${path}: ${reason}`);
    this.path = path;
    this.kind = kind;
    this.reason = reason;
    this.mode = mode;
  }
}
