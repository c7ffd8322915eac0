/** Reads the settings of a CA. */
import {
  type FileSystem,
  isErrno,
  join,
  readRegularFile,
  statIfPresent,
  type System,
  untrustedPlaces,
} from "../../system/mod.ts";
import { type CaLocation, storeNameOf } from "../store/mod.ts";
import { CaSettingsError, CaSettingsUntrustedError } from "./errors.ts";
import type { CaSettings } from "./settings.ts";
import { standardSettings } from "./standard.ts";

/** The size limit of `ca.toml`, in bytes: thousands of profiles fit. */
const sizeLimit = 1024 * 1024;

/**
 * The settings of a CA: `ca.toml` in its data directory, or the standard ones if there is no such file.
 *
 * It may name a program to run: a file that other users could have written is refused.
 *
 * @throws CaSettingsUntrustedError; CaSettingsError with every mistake there is.
 * @throws FileSystemError, WrongFileKindError, FileTooLargeError if it cannot be read.
 */
export async function readSettings(
  system: System,
  { dataDirectory }: CaLocation,
): Promise<CaSettings> {
  const { files } = system;
  const file = join(dataDirectory, "ca.toml");
  const serial = await usualSerial(system, { dataDirectory });
  if (!isThere(files, file)) return standardSettings(serial);
  const [cause] = untrustedPlaces(system, [{ path: file, as: "obeyed" }]);
  if (cause !== undefined) throw new CaSettingsUntrustedError(file, { cause });
  const { content } = await readRegularFile(files, file, sizeLimit);
  // Most CAs have no such file: the parsers are loaded only if there is something to parse.
  const { parseSettings } = await import("./parse_settings.ts");
  const { settings, problems } = parseSettings(file, content, serial);
  if (problems.length > 0) throw new CaSettingsError(file, problems);
  return settings;
}

/**
 * How serial numbers are chosen unless `ca.toml` says it. In a database they are random: nothing has to be
 * compared with the highest one, and a restored backup cannot use one twice.
 */
async function usualSerial(system: System, location: CaLocation): Promise<CaSettings["serial"]> {
  return await storeNameOf(system, location) === "directory" ? "sequential" : "random";
}

/** If the data directory is a file, the command itself says so. */
function isThere(files: FileSystem, file: string): boolean {
  try {
    return statIfPresent(files, file) !== undefined;
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return false;
    throw error;
  }
}
