/** Recognises links into certbot's archive: a change must not overwrite what they lead to. */
import { attempt, type FileSystem } from "../../system/mod.ts";
import type { PairPaths } from "./layout.ts";
import { CertbotArchiveError } from "./outputs/errors.ts";

/** certbot keeps every version, and numbers it: `archive/NAME/fullchain7.pem`. */
const archived = /\/archive\/[^/]{1,255}\/(?:cert|chain|fullchain|privkey)\d{1,9}\.pem$/;

/**
 * The files of a pair that are links into certbot's archive. A path that names a file of the archive itself is
 * none: that is what the operator wants.
 */
export function archivedFiles(
  files: FileSystem,
  { certificate, key, combined, outputs = [] }: PairPaths,
): readonly CertbotArchiveError[] {
  return [certificate, key, combined, ...outputs.map(({ path }) => path)].flatMap((path) => {
    if (path === undefined || archived.test(path)) return [];
    const target = attempt(() => files.realPath(path));
    return target !== undefined && archived.test(target)
      ? [new CertbotArchiveError(path, target)]
      : [];
  });
}

/** @throws CertbotArchiveError */
export function requireNoArchive(files: FileSystem, paths: PairPaths): void {
  const [found] = archivedFiles(files, paths);
  if (found !== undefined) throw found;
}
