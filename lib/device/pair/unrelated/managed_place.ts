/** Places whose files another program, or another pair, replaces in its own way. */
import { caDirectoryOf, directoryOf, type FileSystem, nameOf } from "../../../system/mod.ts";
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
  const dataDirectory = caDirectoryOf(files, resolved);
  if (dataDirectory !== undefined) throw new InsideAuthorityError(path, dataDirectory);
}

/**
 * Whether a file is one of certbot's archive, to which its `live/` directory has links:
 * archive/NAME/cert1.pem. See "Where are my certificates?" in certbot's manual.
 */
function isArchived(path: string): boolean {
  return nameOf(directoryOf(directoryOf(path))) === "archive" &&
    /^(?:privkey|cert|chain|fullchain)\d{1,9}\.pem$/.test(nameOf(path));
}
