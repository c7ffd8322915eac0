/** Telling the files of a pair from unrelated files. */
import { CertswapError } from "../../../system/mod.ts";
import { NotPemError, readPem } from "../../../x509/mod.ts";
import { type FileRole, UnrelatedFileError, type UnrelatedKind } from "../../errors.ts";

/**
 * Requires that a file of a pair holds a certificate or a key, if it holds anything.
 *
 * @param content its bytes; `undefined` if it does not exist.
 * @throws UnrelatedFileError
 */
export function requirePairFile(
  path: string,
  role: FileRole,
  content: Uint8Array | undefined,
): void {
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
    readPem(content, { limit: content.length });
  } catch (error) {
    if (error instanceof NotPemError) return { kind: error.found };
    if (!(error instanceof CertswapError)) throw error;
  }
  return { kind: "text" };
}
