/** Files that the commands of a CA write besides its own: never over the files of a CA. */
import { directoryOf, type FileSystem, ifPresent, isCaDirectory } from "../../../system/mod.ts";
import { UsageError } from "../../errors.ts";

/**
 * Refuses a file to write that is in the data directory of a CA, this one or another: its key exists only
 * once. Called before anything is changed.
 *
 * @param path as given; `undefined` is none.
 * @throws UsageError
 */
export function requireOutsideOfCas(files: FileSystem, flag: string, path?: string): void {
  if (path === undefined) return;
  const target = ifPresent(() => files.realPath(path));
  // Also the name itself, which a link may lead away from.
  const places = [directoryOf(path), ...(target === undefined ? [] : [directoryOf(target)])];
  for (const place of places) {
    const directory = ifPresent(() => files.realPath(place));
    if (directory === undefined) continue;
    // certs/ and .certswap/ are in it.
    for (const candidate of [directory, directoryOf(directory)]) {
      if (isCaDirectory(files, candidate)) {
        throw new UsageError(
          [`${flag} ${path} is in ${candidate}, the data directory of a CA`],
          "Name a file in another directory: the files of a CA must not be overwritten.",
        );
      }
    }
  }
}
