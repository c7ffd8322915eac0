/** PEM, read and written (RFC 7468). */
import type { Bytes } from "./der_writer.ts";
import {
  BadPemError,
  EncryptedPrivateKeyError,
  NotPemError,
  PemTooLargeError,
  TooManyPemBlocksError,
} from "../errors.ts";

/** The most that is read of a file of certificates, in bytes. */
export const certificateFileLimit = 1024 * 1024;

/** The most that is read of a file with a private key, in bytes. */
export const privateKeyFileLimit = 64 * 1024;

/** The most that is read of a file with a CRL, in bytes: a million revoked certificates fit. */
export const crlFileLimit = 64 * 1024 * 1024;

/** OpenSSL before 1.1 read no longer line, and RFC 1421 allows no longer one than 64. */
const lineLimit = 76;

/** One encapsulated value (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`: upper-case letters, digits and single spaces. */
  readonly label: string;
  readonly der: Bytes;
}

/** How much {@linkcode readPem} takes. */
interface PemLimits {
  /** In bytes of PEM, checked before anything is looked at. */
  readonly limit: number;
  readonly maxBlocks?: number;
}

/**
 * Reads all blocks of a PEM file (RFC 7468, the grammar `textualmsg` of figure 1 without its leniencies
 * for white space): labels match, base64 is canonical, lines end in LF or CRLF.
 *
 * Text between the blocks is allowed as long as it is text. Nothing that resembles a block is skipped:
 * whoever wrote a malformed one meant something by it.
 *
 * @throws PemTooLargeError, TooManyPemBlocksError where it holds more than allowed.
 * @throws NotPemError where it holds no block.
 * @throws BadPemError with the line, for anything else.
 * @throws EncryptedPrivateKeyError for a block with the header `Proc-Type: 4,ENCRYPTED` (RFC 1421).
 */
export function readPem(
  bytes: Uint8Array,
  { limit, maxBlocks = 64 }: PemLimits,
): [PemBlock, ...PemBlock[]] {
  if (bytes.length > limit) throw new PemTooLargeError(limit);
  const lines = textOf(bytes).split("\n").map((line) =>
    line.endsWith("\r") ? line.slice(0, -1) : line
  );
  const blocks: PemBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!resemblesBoundary.test(line)) continue;
    const label = labelOf("BEGIN", line);
    if (label === undefined) throw new BadPemError(index + 1, "boundary");
    if (blocks.length === maxBlocks) throw new TooManyPemBlocksError(maxBlocks);
    const end = endOfBlock(lines, index, label);
    blocks.push({ label, der: decode(lines, index + 1, end) });
    index = end;
  }
  const [first, ...others] = blocks;
  if (first === undefined) throw new NotPemError(bytes.length === 0 ? "nothing" : "text");
  return [first, ...others];
}

/** One block with lines of 64 characters, each ended by LF (RFC 7468 2). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

const resemblesBoundary = /-----\s*(?:BEGIN|END)\b|^\s*-{3,}\s*(?:BEGIN|END)\b/i;

function textOf(bytes: Uint8Array): string {
  const text = isText(bytes) ? decodeUtf8(bytes) : undefined;
  if (text !== undefined) return text;
  if (!includesBoundary(bytes)) throw new NotPemError(bytes[0] === 0x30 ? "der" : "binary");
  throw new BadPemError(firstBinaryLine(bytes), "binary");
}

/** Whether there is no control character but tab and line ends: binary data has others soon. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte, index) =>
    byte >= 0x20 ? byte !== 0x7f : byte === 0x09 || byte === 0x0a || isLineEnd(bytes, index)
  );
}

function isLineEnd(bytes: Uint8Array, index: number): boolean {
  return bytes[index] === 0x0d && bytes[index + 1] === 0x0a;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark stays, and makes the first boundary malformed: OpenSSL would not find it either.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function includesBoundary(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes).includes("-----BEGIN ");
}

function firstBinaryLine(bytes: Uint8Array): number {
  let begin = 0;
  for (let line = 1;; line++) {
    const end = bytes.indexOf(0x0a, begin) + 1;
    const content = bytes.subarray(begin, end === 0 ? bytes.length : end);
    if (end === 0 || !isText(content) || decodeUtf8(content) === undefined) return line;
    begin = end;
  }
}

const boundary = /^-----(BEGIN|END) ([A-Z0-9]+(?: [A-Z0-9]+)*)-----[ \t]*$/;

/** The longest label in use has 32 characters. */
const labelLimit = 64;

function labelOf(kind: "BEGIN" | "END", line: string): string | undefined {
  const [, found, label = ""] = boundary.exec(line) ?? [];
  return found === kind && label.length <= labelLimit ? label : undefined;
}

/** The index of the line with the boundary that closes the block which starts at `begin`. */
function endOfBlock(lines: readonly string[], begin: number, label: string): number {
  for (let index = begin + 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!resemblesBoundary.test(line)) continue;
    const found = labelOf("END", line);
    if (found === label) return index;
    if (labelOf("BEGIN", line) !== undefined) throw new BadPemError(begin + 1, "unterminated");
    throw new BadPemError(index + 1, found === undefined ? "boundary" : "label-mismatch");
  }
  throw new BadPemError(begin + 1, "unterminated");
}

/** Decodes the lines from `begin` to before `end`. */
function decode(lines: readonly string[], begin: number, end: number): Bytes {
  const body = lines.slice(begin, end);
  if (body.some((line) => /^Proc-Type:\s*4\s*,\s*ENCRYPTED\s*$/.test(line))) {
    throw new EncryptedPrivateKeyError();
  }
  const stripped = body.map((line, index) => {
    const base64 = line.replace(/[ \t]+$/, "");
    if (base64.includes(":")) throw new BadPemError(begin + index + 1, "headers");
    if (base64.length > lineLimit) throw new BadPemError(begin + index + 1, "line-too-long");
    const isLast = index === body.length - 1;
    const wellFormed = isLast ? /^[A-Za-z0-9+/]+={0,2}$/ : /^[A-Za-z0-9+/]+$/;
    if (!wellFormed.test(base64)) throw new BadPemError(begin + index + 1, "base64");
    return base64;
  });
  if (stripped.length === 0) throw new BadPemError(begin, "empty-block");
  try {
    return Uint8Array.fromBase64(stripped.join(""), { lastChunkHandling: "strict" });
  } catch {
    // All characters are right: the padding is missing, or bits beyond the last byte are set.
    throw new BadPemError(end, "base64");
  }
}
