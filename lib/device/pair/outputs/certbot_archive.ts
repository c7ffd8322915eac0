/** Recognises links into certbot's archive: a change must not overwrite what they lead to. */
import { attempt, type FileSystem } from "../../../system/mod.ts";
import { CertbotArchiveError } from "./errors.ts";

/** certbot keeps every version, and numbers it: `archive/NAME/fullchain7.pem`. */
const archived = /\/archive\/[^/]{1,255}\/(?:cert|chain|fullchain|privkey)\d{1,9}\.pem$/;

/**
 * The files among these that are links into certbot's archive. A path that names a file of the archive itself
 * is none: the operator asks for that file.
 */
export function archivedAmong(
  files: FileSystem,
  paths: readonly string[],
): readonly CertbotArchiveError[] {
  return paths.flatMap((path) => {
    if (archived.test(path)) return [];
    const target = attempt(() => files.realPath(path));
    return target !== undefined && archived.test(target)
      ? [new CertbotArchiveError(path, target)]
      : [];
  });
}
