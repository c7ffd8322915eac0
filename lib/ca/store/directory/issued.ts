import { ifPresent, isErrno, readFile } from "../../../system/mod.ts";
import { type SnapshotWithContent, toSnapshot } from "../../../transaction/mod.ts";
import type { Root } from "../../issue/authority.ts";
import type { LockedCa } from "../../ca.ts";
import type { Counter } from "./counter.ts";
import { serialOfFileName } from "./data_directory.ts";
import { CaIncompleteError, CounterBehindError } from "../../errors.ts";
import { type IndexEntry, indexLimit, readIndex } from "./index_file.ts";
import { compareSerials, formatSerial } from "../../../x509/serial.ts";

/** What a CA has issued, by its index and by its files. */
export interface Issued {
  readonly index: SnapshotWithContent;
  readonly entries: readonly IndexEntry[];
  /** The serial numbers of the files in `certs/`. */
  readonly files: readonly string[];
}

/**
 * Reads the index, and the names of the certificates' files.
 *
 * @throws BadIndexError, CaIncompleteError, FileSystemError
 */
export async function readIssued(ca: LockedCa): Promise<Issued> {
  const index = await readIndexOf(ca);
  const names = readCertificateNames(ca);
  return { ...index, files: names.map(serialOfFileName).filter((serial) => serial !== undefined) };
}

/**
 * Reads the index alone.
 *
 * @throws as {@linkcode readIssued}.
 */
export async function readIndexOf(
  { system, paths, written }: Pick<LockedCa, "system" | "paths" | "written">,
): Promise<Omit<Issued, "files">> {
  const file = ifPresent(() => readFile(system.files, paths.index, indexLimit));
  if (file === undefined) throw new CaIncompleteError(written, "index.json");
  const { content } = file;
  // WebCrypto hashes on a thread of its own, while this one reads.
  const snapshot = toSnapshot(file);
  try {
    const entries = readIndex(content, paths.index);
    return { index: { content, snapshot: await snapshot }, entries };
  } finally {
    await snapshot;
  }
}

/**
 * The names of the files in `certs/`.
 *
 * @throws CaIncompleteError, FileSystemError
 */
export function readCertificateNames(
  { system, paths, written }: Pick<LockedCa, "system" | "paths" | "written">,
): string[] {
  try {
    return system.files.readDirectory(paths.certificates);
  } catch (error) {
    throw isErrno(error, "ENOENT") ? new CaIncompleteError(written, "certs") : error;
  }
}

/**
 * Insists that no number has been given that the counter would give again.
 *
 * @throws CounterBehindError
 */
export function requireCounterAbove(
  counter: Counter,
  { issued, root }: { readonly issued: Issued; readonly root: Root },
): void {
  const value = formatSerial(counter.value);
  const used = [
    { usedIn: "index.json", used: highest(issued.entries.map(({ serial }) => serial)) },
    { usedIn: "certs/", used: highest(issued.files) },
    { usedIn: "ca.crt", used: formatSerial(root.certificate.serial) },
  ];
  for (const { usedIn, used: number } of used) {
    if (number !== undefined && compareSerials(number, value) >= 0) {
      throw new CounterBehindError(counter.path, { value, used: number, usedIn });
    }
  }
}

/** The largest of numbers in the form of the data directory. */
export function highest(serials: readonly string[]): string | undefined {
  return serials.reduce<string | undefined>(
    (largest, serial) =>
      largest === undefined || compareSerials(serial, largest) > 0 ? serial : largest,
    undefined,
  );
}
