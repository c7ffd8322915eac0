/** Reads passwords: never from an argument or the environment, where others can see them. */
import { SecretFileError, type SecretKind } from "../errors.ts";
import type { FileInfo, FileSystem } from "./file_system.ts";
import { requireTrustedPlaces, type Walker } from "./place.ts";
import { readGivenFile } from "./read.ts";
import { streamAt } from "./stream.ts";

/** The most that is read, in bytes: a password and comments behind it. */
const secretFileLimit = 16 * 1024;

/** The most bytes of a password: as many as OpenSSL takes of one. */
const secretLimit = 1024;

/** Where a secret comes from, and what it is. */
export interface SecretPlace {
  readonly path: string;
  /** For messages. */
  readonly kind: SecretKind;
}

/**
 * The first line of a file that no other user can read, without its line end (LF or CRLF). It is not
 * decoded: what is not UTF-8 is a password too.
 *
 * @throws SecretFileError, UntrustedPlaceError, WrongFileKindError, FileTooLargeError, FileSystemError
 */
export async function readSecretFile(
  walker: Walker,
  place: SecretPlace,
): Promise<Uint8Array<ArrayBuffer>> {
  return firstLine(place, await readPrivateFile(walker, place, secretFileLimit));
}

/**
 * The content of a file that no other user can read.
 *
 * @param limit bytes.
 * @throws SecretFileError, UntrustedPlaceError, WrongFileKindError, FileTooLargeError, FileSystemError
 */
export async function readPrivateFile(
  walker: Walker,
  place: SecretPlace,
  limit: number,
): Promise<Uint8Array> {
  const { path } = place;
  if (streamAt(path) !== undefined) throw new SecretFileError(place, { reason: "stream" });
  requireTrustedPlaces(walker, [{ path, as: "obeyed" }]);
  const { content, info } = await readGivenFile(walker.files, path, limit);
  requireSecret(place, info);
  return content;
}

/**
 * The first line of a pipe that was passed as a descriptor, likewise. Reads the pipe to its end.
 *
 * @param place its path is `/dev/stdin` or `/dev/fd/N`.
 * @throws SecretFileError, UnreadableDescriptorError, FileTooLargeError, FileSystemError
 */
export async function readSecretStream(
  files: FileSystem,
  place: SecretPlace,
): Promise<Uint8Array<ArrayBuffer>> {
  return firstLine(place, (await readGivenFile(files, place.path, secretFileLimit)).content);
}

/**
 * Checks that only its owner, who is root or the caller by now, can read a file. The group root may also:
 * systemd gives a service its credentials in this way (systemd.exec(5), LoadCredential=).
 */
function requireSecret(place: SecretPlace, { gid, mode }: FileInfo): void {
  const forOthers = gid === 0 ? mode & 0o037 : mode & 0o077;
  if (forOthers !== 0) throw new SecretFileError(place, { reason: "readable", mode });
}

function firstLine(place: SecretPlace, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = content.indexOf(0x0a);
  const line = end === -1 ? content : content.subarray(0, end);
  return requirePossibleSecret(place, line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
}

/** A copy of a password that other programs also accept. @throws SecretFileError for any other. */
export function requirePossibleSecret(
  place: SecretPlace,
  secret: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (secret.length > secretLimit) throw new SecretFileError(place, { reason: "too-long" });
  if (secret.includes(0)) throw new SecretFileError(place, { reason: "nul" });
  return new Uint8Array(secret);
}
