/** The files of a CA's data directory, and what is there of them. */
import {
  type Attributes,
  directoryOf,
  type FileContent,
  type FileSystem,
  ifPresent,
  isErrno,
  join,
  nameOf,
  readGivenFile,
  requireTrustedPlaces,
  statIfPresent,
  type System,
  WrongFileKindError,
} from "../../../system/mod.ts";
import type { Site } from "../../../transaction/mod.ts";
import { isSerial } from "../../../x509/mod.ts";
import type { Presence } from "../store.ts";

/** The files of a CA, absolute. */
interface CaPaths {
  readonly directory: string;
  readonly key: string;
  readonly certificate: string;
  readonly crl: string;
  readonly serial: string;
  readonly crlNumber: string;
  readonly index: string;
  /** The directory of the certificates issued. */
  readonly certificates: string;
}

/** A data directory, found. */
export interface DataDirectory {
  /** As the caller wrote it, for messages. */
  readonly written: string;
  readonly paths: CaPaths;
  readonly site: Site;
}

/**
 * Finds a data directory.
 *
 * @returns `undefined` where there is nothing at that path.
 * @throws WrongFileKindError where something else than a directory is there; FileSystemError
 */
export function findDataDirectory(files: FileSystem, written: string): DataDirectory | undefined {
  const directory = ifPresent(() => files.realPath(written));
  if (directory === undefined) return undefined;
  const { kind } = files.stat(directory);
  if (kind !== "directory") throw new WrongFileKindError(written, "directory", kind);
  const paths = pathsIn(directory);
  return { written, paths, site: siteOf(paths) };
}

/** The file that holds the certificate with a serial number, in the form of the data directory. */
export function certificatePath(
  { certificates }: Pick<CaPaths, "certificates">,
  serial: string,
): string {
  return join(certificates, `${serial}.pem`);
}

/** The serial number that the name of a file in `certs/` stands for; `undefined` where it is none's. */
export function serialOfFileName(name: string): string | undefined {
  const serial = name.endsWith(".pem") ? name.slice(0, -".pem".length) : "";
  return isSerial(serial) ? serial : undefined;
}

/** Which of the two files that make a directory a CA are there. */
export function presenceOf(files: FileSystem, paths: CaPaths): Presence {
  return {
    key: statIfPresent(files, paths.key) !== undefined,
    root: statIfPresent(files, paths.certificate) !== undefined,
  };
}

/** The files that are replaced again and again. */
export function replacedFiles({ serial, crlNumber, index, crl }: CaPaths): readonly string[] {
  return [serial, crlNumber, index, crl];
}

/**
 * What is replaced by a rename must be the file itself: a link would be replaced, and its target stay as
 * it is.
 *
 * @throws WrongFileKindError
 */
export function requireNoLink(files: FileSystem, path: string): void {
  if (statIfPresent(files, path)?.kind === "link") {
    throw new WrongFileKindError(path, "file", "link");
  }
}

/**
 * Reads a file of a data directory, or nothing where there is none. Other programs of the same user may
 * exchange it meanwhile: what is opened is what was looked at, and no FIFO is waited for.
 */
export async function readIfPresent(
  files: FileSystem,
  path: string,
  limit: number,
): Promise<FileContent | undefined> {
  try {
    return await readGivenFile(files, path, limit);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Permission bits of what certswap makes in a data directory. */
export const caModes = { key: 0o600, others: 0o644, directory: 0o755 } as const;

/** Owner and mode of a file that certswap makes in a data directory: whose state directory it is, owns it. */
export function ownAttributes(
  files: FileSystem,
  { site }: DataDirectory,
): Attributes {
  const { uid, gid } = files.stat(site.stateDirectory);
  return { uid, gid, mode: caModes.others };
}

function pathsIn(directory: string): CaPaths {
  return {
    directory,
    key: join(directory, "ca.key"),
    certificate: join(directory, "ca.crt"),
    crl: join(directory, "ca.crl"),
    serial: join(directory, "serial"),
    crlNumber: join(directory, "crlnumber"),
    index: join(directory, "index.json"),
    certificates: join(directory, "certs"),
  };
}

/** Its journal names files relative to the data directory, which may be copied with a journal in it. */
function siteOf(paths: CaPaths): Site {
  const { directory, certificates, ...others } = paths;
  const direct: ReadonlySet<string> = new Set([certificates, ...Object.values(others)]);
  return {
    stateDirectory: join(directory, ".certswap"),
    name: "ca",
    base: directory,
    manages: (target) =>
      direct.has(target) ||
      (directoryOf(target) === certificates && serialOfFileName(nameOf(target)) !== undefined),
    directories: [directory, certificates],
  };
}

/**
 * Insists that nobody but root and the caller can exchange a CA's directory or a file in it. What is
 * missing is made by certswap, and asked for again then.
 *
 * @param dataDirectory absolute or relative.
 * @throws UntrustedPlaceError, FileSystemError
 */
export function requireTrustedCa(system: System, dataDirectory: string): void {
  requireTrustedPlaces(system, [
    { path: dataDirectory, as: "directory" },
    // What is replaced again and again may be no link; these may, and it may lead elsewhere.
    { path: join(dataDirectory, "certs"), as: "directory" },
    { path: join(dataDirectory, "ca.key"), as: "file" },
    { path: join(dataDirectory, "ca.crt"), as: "file" },
  ]);
}
