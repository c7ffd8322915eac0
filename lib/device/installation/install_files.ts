/** Writes the files of an installation. Never overwrites a file that certswap did not write. */
import { type FileSystem, ifPresent, join, readFile } from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { publicFileMode } from "../file_modes.ts";
import { ForeignFileError } from "./errors.ts";
import { type InstallationFile, marker } from "./installation.ts";

/** The result for one file. */
export interface InstalledFile {
  readonly path: string;
  readonly change: "created" | "replaced" | "unchanged";
}

/** The size limit of an existing file, in bytes. */
const limit = 1024 * 1024;

/**
 * Writes files into a directory, each complete and durable, readable by everyone. Files that are already
 * right are left alone.
 *
 * @throws ForeignFileError before anything is written, if certswap did not write an existing file.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError
 */
export function installFiles(
  files: FileSystem,
  directory: string,
  wanted: readonly InstallationFile[],
): readonly InstalledFile[] {
  const plans = wanted.map(({ name, text }) => {
    const path = join(directory, name);
    return { path, text, change: changeNeeded(files, path, text) };
  });
  for (const { path, text, change } of plans) {
    if (change === "unchanged") continue;
    replaceFile(files, path, { content: new TextEncoder().encode(text), mode: publicFileMode });
  }
  return plans.map(({ path, change }) => ({ path, change }));
}

function changeNeeded(files: FileSystem, path: string, text: string): InstalledFile["change"] {
  const found = ifPresent(() => readFile(files, path, limit));
  if (found === undefined) return "created";
  const written = new TextDecoder().decode(found.content);
  if (written === text) return "unchanged";
  if (!written.startsWith(marker)) throw new ForeignFileError(path);
  return "replaced";
}
