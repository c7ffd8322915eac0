/** Places whose files another program, or another pair, replaces in its own way. */
import {
  attempt,
  directoryOf,
  type FileSystem,
  join,
  nameOf,
  statIfPresent,
} from "../../../system/mod.ts";
import { flipAround } from "../flip/mod.ts";
import { CertbotArchiveError, InsideAuthorityError, InsideVersionError } from "./errors.ts";

/**
 * Refuses to change a file in a version of a flip, which never changes, in the archive of certbot, whose
 * files are of the certificates before, or of a CA, whose key exists only once.
 *
 * @param path as it was given.
 * @param resolved with all links resolved.
 * @throws InsideVersionError, CertbotArchiveError, InsideAuthorityError
 */
export function requireUnmanaged(files: FileSystem, path: string, resolved: string): void {
  const link = flipAround(files, resolved);
  if (link !== undefined) throw new InsideVersionError(path, link);
  if (path !== resolved && isArchived(resolved)) throw new CertbotArchiveError(path, resolved);
  const dataDirectory = authorityAround(files, resolved);
  if (dataDirectory !== undefined) throw new InsideAuthorityError(path, dataDirectory);
}

/** The files of a CA's data directory, and its directories: see docs/reference/ca.md. */
const authorityFiles = ["ca.key", "ca.crt", "ca.crl", "serial", "crlnumber", "index.json"];
const authorityDirectories = ["certs", "requests"];

/** The data directory of the CA that a file belongs to, by its name and by the files beside it. */
function authorityAround(files: FileSystem, path: string): string | undefined {
  const directory = directoryOf(path);
  const dataDirectory = authorityFiles.includes(nameOf(path))
    ? directory
    : authorityDirectories.includes(nameOf(directory))
    ? directoryOf(directory)
    : undefined;
  if (dataDirectory === undefined) return undefined;
  const isThere = (name: string): boolean =>
    attempt(() => statIfPresent(files, join(dataDirectory, name))) !== undefined;
  // A service may call its trust anchors ca.crt: only a CA has all of these.
  return ["ca.crt", "serial", "index.json"].every(isThere) ? dataDirectory : undefined;
}

/**
 * Whether a file is one of certbot's archive, to which its `live/` directory has links:
 * archive/NAME/cert1.pem. See "Where are my certificates?" in certbot's manual.
 */
function isArchived(path: string): boolean {
  return nameOf(directoryOf(directoryOf(path))) === "archive" &&
    /^(?:privkey|cert|chain|fullchain)\d{1,9}\.pem$/.test(nameOf(path));
}
