/** The root of all errors of certswap, and the errors of the doors to the outside. */
import type { FileInfo } from "./files/mod.ts";

/**
 * The root of every error that certswap throws on purpose.
 *
 * An error carries what its caller needs as typed fields and no text for people: `lib/cli/messages`
 * is the one place that turns a `code` and those fields into "what happened to what, and what to do".
 */
export abstract class CertswapError extends Error {
  /** A stable, hyphenated word for scripts (`--json` shows it) and for the table of messages. */
  abstract readonly code: string;

  /**
   * @param developerText what a developer reads in a stack trace; never shown to an operator.
   * @param options `cause`: the error underneath, where there is one.
   */
  constructor(developerText: string, options?: ErrorOptions) {
    super(developerText, options);
  }
}

/** What `work` gives; `undefined` where it throws an error on purpose. Defects are thrown on. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CertswapError) return undefined;
    throw error;
  }
}

/** The operations of the file-system door, as they are named in errors and in simulated traces. */
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
 * A file system gives a new file a mode by which others may read (or write) what they must not: it keeps no
 * modes (vfat, exFAT), and its mount gives the same to every file.
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

/** Standard output takes no more. `errno` is the POSIX name, see write(2). */
export class OutputLostError extends CertswapError {
  readonly code = "output-lost";
  readonly errno: string;

  constructor(errno: string, options?: ErrorOptions) {
    super(`standard output: ${errno}`, options);
    this.errno = errno;
  }
}

/** A file is larger than what certswap is willing to read of its kind. */
export class FileTooLargeError extends CertswapError {
  readonly code = "file-too-large";
  readonly path: string;
  /** The most that is read, in bytes. */
  readonly limit: number;

  constructor(path: string, limit: number) {
    super(`${path} is larger than ${limit} bytes`);
    this.path = path;
    this.limit = limit;
  }
}

/** A path leads to something other than the regular file (or directory) that is needed there. */
export class WrongFileKindError extends CertswapError {
  readonly code = "wrong-file-kind";
  readonly path: string;
  readonly expected: "file" | "directory";
  readonly found: "file" | "directory" | "link" | "other";

  constructor(
    path: string,
    expected: "file" | "directory",
    found: "file" | "directory" | "link" | "other",
  ) {
    super(`${path}: expected a ${expected}, found: ${found}`);
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}

/** Others than root and the caller can exchange what a path leads to. */
export class UntrustedPlaceError extends CertswapError {
  readonly code = "untrusted-place";
  /** As it was given. */
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

/** A path names a descriptor of this process from which nothing can be read: it is none of a pipe. */
export class UnreadableDescriptorError extends CertswapError {
  readonly code = "unreadable-descriptor";
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`${path} is no pipe`, options);
    this.path = path;
  }
}

/** A program could not be started. `errno` is the POSIX name, see execve(2): `ENOENT`, `EACCES`. */
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

/**
 * What a server speaks, by the first bytes that it sends: where TLS was expected, or another protocol that
 * starts TLS. `tls`: TLS itself, where that was to be started first.
 */
export type Banner = "smtp" | "imap" | "pop3" | "ftp" | "mysql" | "ssh" | "http" | "tls";

/** What is known of why a TLS server did not show its certificate. */
interface TlsConnectionErrorOptions extends ErrorOptions {
  readonly banner?: Banner | undefined;
  readonly alert?: string | undefined;
  readonly said?: string | undefined;
}

/** A TLS server did not come so far as to show its certificate, or to take that of its client. */
export class TlsConnectionError extends CertswapError {
  readonly code = "tls-connection";
  readonly host: string;
  readonly port: number;
  /**
   * - `refused`, `unreachable`, `unknown-host`: no TCP connection.
   * - `time-limit`: the next thing did not come in time.
   * - `handshake`: the server ended the connection within the handshake, or sent what is no TLS handshake.
   * - `not-tls`: the server speaks another protocol; `banner` says which one, if it is a known one.
   * - `starttls`: the server did not start TLS when it was asked to; `said` is its answer.
   * - `unseen`: the server speaks TLS, but certswap cannot see its certificate. That is not the server's
   *   fault, and says nothing of the certificate.
   * - `client-certificate`: the server ended the connection because of the client's certificate.
   * - `not-asked`: the server did not ask for a client's certificate.
   * - `unusable-identity`: the runtime's TLS cannot use the client's pair.
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
    | "unusable-identity";
  readonly banner: Banner | undefined;
  /** The name of the alert that the server sent: `handshake_failure` (RFC 8446 section 6). */
  readonly alert: string | undefined;
  /** What the server said: its text, at most 200 characters, to be escaped before it is printed. */
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

/**
 * Whether `error` is a refused system call with one of these errno names. By its code and not by its class: a
 * file of the bundle that is loaded late has its own copy of the class.
 */
export function isErrno(error: unknown, ...names: string[]): error is FileSystemError {
  const { code, errno } = error instanceof Error ? error as Partial<FileSystemError> : {};
  return code === "file-system" && errno !== undefined && names.includes(errno);
}
