/** Reads a password from a file. It never comes by an argument or the environment, where others see it. */
import {
  type FileInfo,
  readGivenFile,
  requireTrustedPlaces,
  streamAt,
  type System,
} from "../../system/mod.ts";
import { PasswordFileError } from "./errors.ts";

/** The most that is read of the file, in bytes: a password and comments behind it. */
const fileLimit = 16 * 1024;

/** The most bytes of a password: as many as OpenSSL takes of one. */
const passwordLimit = 1024;

/**
 * The first line of a file that no other user can read, without its line end (LF or CRLF). It is not
 * decoded: what is not UTF-8 is a password too.
 *
 * @throws PasswordFileError, UntrustedPlaceError, WrongFileKindError, FileTooLargeError, FileSystemError
 */
export async function readPasswordFile(
  system: System,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (streamAt(path) !== undefined) throw new PasswordFileError(path, { reason: "stream" });
  requireTrustedPlaces(system, [{ path, as: "obeyed" }]);
  const { content, info } = await readGivenFile(system.files, path, fileLimit);
  requireSecret(path, info);
  return new Uint8Array(firstLine(path, content));
}

/**
 * Insists that only its owner, who is root or the caller by now, can read a file. The group root may, too:
 * systemd gives a service its credentials so (systemd.exec(5), LoadCredential=).
 */
function requireSecret(path: string, { gid, mode }: FileInfo): void {
  const forOthers = gid === 0 ? mode & 0o037 : mode & 0o077;
  if (forOthers !== 0) throw new PasswordFileError(path, { reason: "readable", mode });
}

function firstLine(path: string, content: Uint8Array): Uint8Array {
  const end = content.indexOf(0x0a);
  const line = end === -1 ? content : content.subarray(0, end);
  const password = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  if (password.length > passwordLimit) throw new PasswordFileError(path, { reason: "too-long" });
  if (password.includes(0)) throw new PasswordFileError(path, { reason: "nul" });
  return password;
}
