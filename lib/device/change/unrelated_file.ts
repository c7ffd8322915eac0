/** Refusing to overwrite a file that is not part of any pair: most likely the path is wrong. */
import { CertswapError, type FileSystem, FileSystemError, readFile } from "../../system/mod.ts";
import { takeSnapshot } from "../../transaction/mod.ts";
import { NotPemError, readPem } from "../../x509/mod.ts";
import { type FileRole, UnrelatedFileError, type UnrelatedKind } from "../errors.ts";
import { type ActivePair, combinedFileLimit, type Pair } from "../pair/mod.ts";

/**
 * Requires that no file of the active pair, nor the combined file, holds something else.
 * @throws UnrelatedFileError, and the errors of reading the combined file.
 */
export async function requireReplaceable(
  files: FileSystem,
  { active: paths, combined }: Pair,
  { condition, stored }: ActivePair,
): Promise<void> {
  if (condition === "broken") {
    requirePairFile(paths.certificate, "certificate", stored.certificate?.content);
    requirePairFile(paths.key, "key", stored.key?.content);
  }
  if (combined === undefined) return;
  const old = await takeSnapshot(files, combined, combinedFileLimit);
  requirePairFile(combined, "combined", old?.content);
}

/**
 * Requires the same of one file, for a check of the configuration. A file that is missing or cannot be read
 * passes: the change itself reports that.
 *
 * @throws UnrelatedFileError, FileTooLargeError
 */
export function requireReplaceableFile(files: FileSystem, path: string, role: FileRole): void {
  requirePairFile(path, role, readIfPossible(files, path));
}

function readIfPossible(files: FileSystem, path: string): Uint8Array | undefined {
  try {
    return readFile(files, path, combinedFileLimit).content;
  } catch (error) {
    if (error instanceof FileSystemError) return undefined;
    throw error;
  }
}

function requirePairFile(path: string, role: FileRole, content: Uint8Array | undefined): void {
  if (content === undefined || isBlank(content) || holdsPart(content)) return;
  throw new UnrelatedFileError(path, role, kindOf(content));
}

/** Whether a file is empty, or has only blanks and NUL bytes, as after a power cut. */
function isBlank(content: Uint8Array): boolean {
  return content.every((byte) => byte === 0 || byte === 0x20 || byte >= 0x09 && byte <= 0x0d);
}

/** Whether a file has a boundary of a certificate or a key (RFC 7468 2). The rest may be damaged. */
function holdsPart(content: Uint8Array): boolean {
  return labelsIn(content).some((label) =>
    label.endsWith("CERTIFICATE") ||
    label.endsWith("PRIVATE KEY") && label !== "OPENSSH PRIVATE KEY"
  );
}

function labelsIn(content: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(content);
  return Array.from(
    text.matchAll(/-----(?:BEGIN|END) ([A-Z0-9. ]{1,64})-----/g),
    ([, label = ""]) => label,
  );
}

function kindOf(content: Uint8Array): UnrelatedKind {
  const [label] = labelsIn(content);
  if (label !== undefined) return { kind: "pem", label };
  if (content[0] === 0x23 && content[1] === 0x21) return { kind: "script" };
  try {
    readPem(content, { limit: combinedFileLimit });
  } catch (error) {
    if (error instanceof NotPemError) return { kind: error.found };
    if (!(error instanceof CertswapError)) throw error;
  }
  return { kind: "text" };
}
