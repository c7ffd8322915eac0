/** Messages for errors of the operating system. */
import {
  directoryOf,
  type FileOperation,
  type FileSystemError,
  type FileUse,
  type HttpAnswerError,
  join,
  nameOf,
  present,
  type ProcessStartError,
  type SecretFileError,
  type TlsConnectionError,
  type UntrustedPlaceError,
  type WrongFileKindError,
} from "../../system/mod.ts";
import type * as errors from "../../system/errors.ts";
import { modeText } from "../text.ts";
import type { ErrorsOf, MessageTable, Text } from "./message.ts";

/** Messages for errors of the operating system. */
export const systemMessages: MessageTable<ErrorsOf<typeof errors>> = {
  "file-system": describeFileSystemError,
  "mode-not-kept": ({ path, wanted, found }) => ({
    message: `cannot set the mode of ${path} to ${modeText(wanted)}: the file system leaves it at ${
      modeText(found)
    }`,
    hint:
      "If it is vfat or exFAT, which store no modes, mount it with 'umask=077' and with 'uid=' of the " +
      "user who runs certswap.",
  }),
  "output-lost": ({ errno }) => ({
    message: `cannot write to standard output: ${errnoTexts[errno] ?? errno}`,
    hint: "The command has finished; only its output is lost. Send the output elsewhere, " +
      "then check the result with 'certswap status' (of a CA: 'certswap ca list').",
  }),
  "file-too-large": ({ path, limit }) => ({
    message: `${path} is larger than ${formatSize(limit)}, the limit for this kind of file`,
    hint: "Check that this is the right file.",
  }),
  "wrong-file-kind": (error) => ({
    message: `${error.path} is ${fileKinds[error.found]}, expected ${fileKinds[error.expected]}`,
    ...present({ hint: wrongKindHint(error) }),
  }),
  "unreadable-descriptor": ({ path }) => ({
    message: `cannot read ${path}: it is not an open pipe`,
    hint: "Give the path of the file itself, or use standard input: '-', then < FILE.",
  }),
  "untrusted-place": (error) => ({
    message: `cannot use ${error.path}: ${whoCanChange(error)}`,
    hint: waysOut(error),
  }),
  "password-file": describeSecretFile,
  "process-start": ({ program, errno }) => ({
    message: `cannot start the program ${program}: ${startReason({ errno })}`,
    hint:
      "Check the path and its permissions. If the command has only a name, give the absolute path.",
  }),
  "not-executable": ({ path }) => ({
    message: `${path} is not executable`,
    hint: `Run: chmod +x ${path}`,
  }),
  "program-not-found": ({ program, directories }) => ({
    message: `cannot find the program ${program} in ${directories.join(":")}`,
    hint: "Install it, or give its absolute path.",
  }),
  "http-answer": ({ problem }) => `cannot read the server's answer: ${httpProblems[problem]}`,
  "tls-connection": describeTlsConnection,
  "unwritable-permission": ({ path }) => ({
    message:
      `cannot restrict the server to ${path}: the path contains a comma or a control character`,
    hint: "Choose a path without these characters.",
  }),
  "listen": ({ host, port, errno }) => ({
    message: `cannot listen on ${host} port ${port}: ${errnoTexts[errno] ?? errno}`,
    hint: errno === "EADDRINUSE"
      ? `Another program uses this port: 'ss -ltnp sport = :${port}' shows which.`
      : errno === "EACCES"
      ? "Ports below 1024 need root or CAP_NET_BIND_SERVICE. Choose a higher port, or run 'certswap " +
        "install systemd --ca DIR' again and then the commands that it prints: the unit then allows it."
      : errno === "ENOTCAPABLE"
      ? "The server may listen only on the addresses that it was started with. Restart it."
      : "Correct the address in [serve] of ca.toml.",
  }),
  "bad-server-identity": ({ reason }) => ({
    message: `cannot use the server's certificate and key for TLS: ${
      reason === "mismatch" ? "they do not belong together" : "one of them cannot be read"
    }`,
    hint: "Check that they belong together, and that the key is of a kind that TLS uses.",
  }),
};

function wrongKindHint(
  { path, found, use }: WrongFileKindError,
): string | undefined {
  if (isOwnName(path) || isInStateDirectory(path)) return ownNameHint;
  if (found === "fifo" && (use === undefined || use === "request")) {
    return "A pipe can be read where '-' is accepted (standard input): write '-' for the file, and put " +
      `'< ${path}' at the end of the command.`;
  }
  if (found !== "directory") return undefined;
  return use === undefined ? "Give the path of a file in it." : directoryHints[use];
}

/** What to give instead of a directory. */
const directoryHints: Readonly<Record<FileUse, string>> = {
  "certificate-or-key":
    "A file is needed here. --dir takes a directory that contains the files cert.pem and key.pem.",
  "configuration":
    "Give the path of the file, such as certswap.toml. The files certswap.d/*.toml next to it " +
    "are also read.",
  "drop-in": "Rename or remove it: every name that ends in .toml in this directory is read.",
  "request": "Give the path of a request. To sign every *.csr in a directory, use --from DIR.",
  "trust-anchors": "Give one PEM file that contains all trust anchors.",
};

/** If the port speaks a known protocol before TLS, names it and the option for it. */
function describeTlsConnection(error: TlsConnectionError): { message: string; hint?: string } {
  const { host, port, reason, banner } = error;
  const message = `no certificate from ${host}:${port}: ${connectionReason(error)}`;
  if (banner === undefined || reason !== "not-tls") return { message };
  const isStartTls = banner !== "ssh" && banner !== "http";
  return {
    message,
    hint: isStartTls
      ? `If it offers STARTTLS, set starttls = "${banner}" for the probe.`
      : "Correct the port in the probe's url.",
  };
}

/** Why there is no certificate, without the server's name, which a sentence around it may have. */
export function connectionReason({ reason, banner, alert }: TlsConnectionError): string {
  if (banner !== undefined && reason === "not-tls") {
    return `the server speaks ${banner.toUpperCase()} on this port, not TLS`;
  }
  return connectionTexts[reason] + (alert === undefined ? "" : ` (TLS alert ${alert})`);
}

/** Which users can change what, in words: `other users can replace files in /tmp (owner: ...)`. */
export function whoCanChange({ path, place, kind, uid, mode }: UntrustedPlaceError): string {
  const facts = `owner: ${uid === 0 ? "root" : `user ${uid}`}, mode ${modeText(mode)}`;
  if (kind === "directory") return `other users can replace files in ${place} (${facts})`;
  return `other users can write to ${place === path ? "it" : place} (${facts})`;
}

/** The two solutions (docs/guide/service-user.md), after a simpler one if there is one. */
function waysOut({ place, kind, uid, mode, userId }: UntrustedPlaceError): string {
  const own = userId === 0 ? "root" : `root or user ${userId}`;
  if (kind !== "directory") {
    const owner = uid === 0 || uid === userId ? "" : `chown root ${place} && `;
    return `Make it a file that only ${own} can write to: ${owner}chmod go-w ${place}`;
  }
  const isSticky = (mode & 0o1000) !== 0;
  const shortcut = isSticky
    ? `Create a directory of your own in ${place}. `
    : uid === 0 || uid === userId
    ? `Remove the write permission of others: chmod go-w ${place} (vfat and exFAT store no modes: ` +
      "mount them with 'umask=077'). "
    : "";
  const who = uid === 0 || uid === userId ? "the service's user" : `user ${uid}`;
  return `${shortcut}For the files of a service, there are two ways. Keep them in a directory that only ` +
    `${own} can write to, and give the service read access (owner, group, mode). Or run certswap as ` +
    `${who}: certswap install systemd --user NAME`;
}

/** Why a program cannot be started, without its name, which a sentence around it may have. */
export function startReason({ errno }: Pick<ProcessStartError, "errno">): string {
  return startTexts[errno] ?? errno;
}

const startTexts: Readonly<Record<string, string>> = {
  ENOENT: "no such program (or the interpreter in its first line does not exist)",
  EACCES: "it is not executable, or this user may not run it",
  // `ca serve` without a publish hook in ca.toml when it started.
  ENOTCAPABLE: "this server was started without the permission to run programs; restart it",
};

const connectionTexts: Readonly<Record<TlsConnectionError["reason"], string>> = {
  "refused": "connection refused",
  "unreachable": "host unreachable",
  "unknown-host": "unknown host name",
  "time-limit": "no answer in time",
  "handshake": "the TLS handshake failed",
  "not-tls": "the server does not speak TLS on this port",
  "starttls": "the server did not start TLS",
  "unseen": "the server speaks TLS, but certswap cannot see its certificate",
  "client-certificate": "the server refused the client certificate",
  "not-asked": "the server did not ask for a client certificate",
  "unusable-identity": "the pair cannot be used as a client certificate",
  "untrusted": "the server's certificates do not lead to a trust anchor",
  "proxy": "the proxy did not connect to it",
  "proxy-unreachable": "the proxy cannot be reached",
  "proxy-variable": "the variable https_proxy cannot be read, expected http://HOST:PORT",
};

const httpProblems: Readonly<Record<HttpAnswerError["problem"], string>> = {
  "too-large": "it is larger than the limit",
  "malformed": "it is not HTTP",
  "cut-off": "the connection closed before it was complete",
};

/** What is at a path. */
export const fileKinds = {
  file: "a regular file",
  directory: "a directory",
  link: "a symbolic link",
  fifo: "a FIFO",
  socket: "a socket",
  device: "a device",
} as const;

/** `cannot write /etc/tls/key.pem: no space left on device`. */
function describeFileSystemError(
  { errno, operation, path }: FileSystemError,
): { message: string; hint?: string } {
  if (errno === "EBUSY" && ["rename", "unlink"].includes(operation)) return describeMount(path);
  const object = isNamedByTarget(errno, operation) ? targetOf(path) : path;
  if (errno === "ENOENT" && operation === "create") return describeMissingDirectory(object);
  const message = `cannot ${verbs[operation]} ${object}: ${errnoTexts[errno] ?? errno}`;
  const hint = ["EEXIST", "EISDIR"].includes(errno) && (isOwnName(path) || isInStateDirectory(path))
    ? ownNameHint
    : errno === "ENOTDIR" && operation === "readdir"
    ? "Name a directory."
    : errno === "ENOTDIR" && isOfDirectoryFlag(path)
    ? directoryFlagHint
    : errno === "ENOENT" && nameOf(path) === "ca.crt"
    ? missingAuthorityHint(path)
    : hints[errno];
  return hint === undefined ? { message } : { message, hint };
}

/** Whether a path is one of the two files that `--dir` means. */
function isOfDirectoryFlag(path: string): boolean {
  return ["cert.pem", "key.pem"].includes(nameOf(path));
}

const directoryFlagHint =
  "--dir is the directory of cert.pem and key.pem. For other file names, use --cert FILE and " +
  "--key FILE.";

/** The certificate of a certswap CA has this name. */
function missingAuthorityHint(path: string): string {
  return "Check data_dir. If the CA existed before, mount its file system, or restore it from a backup. " +
    `To create a new CA: certswap ca init --data-dir ${directoryOf(path)} --subject DN`;
}

/** rename(2): EBUSY if the file is a mount point. */
function describeMount(path: string): { message: string; hint: string } {
  const target = targetOf(path);
  return {
    message: `cannot replace ${target}: it is a mount point (device or resource busy)`,
    hint:
      "A file that is mounted on its own, such as a container's single-file volume, cannot be " +
      `replaced. Mount the directory instead: ${directoryOf(target)}`,
  };
}

/** open(2): with O_CREAT, ENOENT means that the directory is missing. */
function describeMissingDirectory(path: string): { message: string; hint: string } {
  const directory = directoryOf(path);
  return {
    message: `cannot create ${path}: directory ${directory} does not exist`,
    hint: `Check the path, or create the directory: mkdir -p ${directory}`,
  };
}

/** Whether an error about a temporary file is reported as one about the file that it becomes. */
function isNamedByTarget(errno: string, operation: FileOperation): boolean {
  // About the temporary name itself.
  if (["EEXIST", "EISDIR", "ENAMETOOLONG"].includes(errno)) return false;
  return ["create", "symlink", "write", "fsync", "rename"].includes(operation);
}

/** The file that `.NAME.certswap.tmp` becomes; any other path as it is. */
function targetOf(path: string): string {
  if (!isOwnName(path)) return path;
  const name = nameOf(path);
  return join(directoryOf(path), name.slice(1, name.lastIndexOf(".certswap.")));
}

/** Whether a path has a name that certswap keeps for its own files. */
function isOwnName(path: string): boolean {
  const name = nameOf(path);
  return name.startsWith(".") && name.includes(".certswap.");
}

/** Whether a path is one of certswap's own files in `.certswap/`: a lock, a journal, the state. */
function isInStateDirectory(path: string): boolean {
  return nameOf(directoryOf(path)) === ".certswap";
}

/** For a path with a name of certswap's own, at which something else was found. */
export const ownNameHint = "certswap uses this name for its own files. " +
  "If no other certswap is running, check what it is and move it away.";

const verbs: Readonly<Record<FileOperation, string>> = {
  open: "open",
  create: "create",
  read: "read",
  write: "write",
  stat: "access",
  chown: "change the owner of",
  chmod: "change the mode of",
  fsync: "fsync",
  lock: "lock",
  close: "close",
  readdir: "list",
  realpath: "find",
  readlink: "read the link",
  mkdir: "create the directory",
  rmdir: "remove the directory",
  rename: "rename",
  symlink: "create the symbolic link",
  link: "link",
  unlink: "remove",
  getfacl: "read the access control list of",
  setfacl: "set the access control list of",
};

/** errno(3), in the words of strerror(3). */
const errnoTexts: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "no network interface of this machine has this address",
  EBADF: "the file was closed",
  EBUSY: "device or resource busy",
  EDQUOT: "disk quota exceeded",
  EEXIST: "file exists",
  EFBIG: "file too large",
  EILSEQ: "a file name on the path is not UTF-8",
  EINVAL: "the file system does not support this",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
  EMFILE: "too many open files",
  EMLINK: "too many links",
  ENAMETOOLONG: "file name too long",
  ENFILE: "too many open files in the system",
  ENOENT: "no such file or directory",
  ENOLCK: "no locks available",
  ENOSPC: "no space left on device",
  ENOTDIR: "part of the path is a file, not a directory",
  ENOTCAPABLE: "not allowed by the runtime",
  ENOTEMPTY: "directory not empty",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
  ESTALE: "the file was replaced in the meantime",
  EXDEV: "the names are on different file systems",
};

const hints: Readonly<Record<string, string>> = {
  EACCES: "Run certswap as the owner of these files, or as root.",
  EPERM: "Run certswap as the owner of these files, or as root. " +
    "If it already does, the file or its directory may be immutable: see lsattr(1).",
  ENOSPC: "Free some space (df) or inodes (df -i) on this file system, then run the command again.",
  EDQUOT: "Free some space within the quota, then run the command again.",
  ENOTDIR: "Check the path: what comes before its last '/' has to be a directory.",
  EROFS: "Remount the file system read-write, then run the command again.",
  EIO: "The disk may be failing: check the kernel log (dmesg).",
  ENOTCAPABLE: "certswap cannot use files under /dev, /proc or /sys. " +
    "Put them elsewhere: /run is also in memory.",
  EMFILE: "Raise the limit of open files (ulimit -n), then run the command again.",
};

function formatSize(bytes: number): string {
  return bytes % 1024 === 0 && bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}

function describeSecretFile(
  { path, kind, reason, mode }: SecretFileError,
): Text {
  switch (reason) {
    case "readable":
      return {
        message: `cannot use the ${kind} file ${path}: other users can read or change it (mode ${
          mode === undefined ? "unknown" : modeText(mode)
        })`,
        hint:
          `Let only its owner read it: chmod 600 ${path}. If others have read it, change the ${kind}.`,
      };
    case "stream":
      return {
        message: `cannot read the ${kind} from ${path}: it is not a regular file`,
        hint: kind === "password"
          ? "Write the password into a file that only you can read: (umask 077; cat > FILE)"
          : "Give the number of the descriptor with --passphrase-fd, or a file that only you can read.",
      };
    case "too-long":
      return `the first line of the ${kind} file ${path} is longer than 1024 bytes`;
    case "nul":
      return {
        message: `the first line of the ${kind} file ${path} contains a NUL byte`,
        hint: "Save it as plain text in UTF-8, not in UTF-16.",
      };
    case "empty":
      return {
        message: `the first line of the ${kind} file ${path} is empty: there is no ${kind}`,
        hint: kind === "secret"
          ? "Create a secret on the CA, and write it to this file."
          : `Write one: (umask 077; openssl rand -base64 24 > ${path})`,
      };
  }
}
