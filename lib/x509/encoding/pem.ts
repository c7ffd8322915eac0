/** PEM, read and written (RFC 7468). */
import { tag } from "./der_reader.ts";
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

/** The longest line that RFC 7468 and every reader of PEM have in common. */
const strictLineLimit = 76;

/** One encapsulated value (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`: upper-case letters, digits, full stops and single spaces. */
  readonly label: string;
  readonly der: Bytes;
}

/** How much {@linkcode readPem} takes. */
interface PemLimits {
  /** In bytes of PEM, checked before anything is looked at. */
  readonly limit: number;
  readonly maxBlocks?: number;
}

/** The blocks of a PEM file, and how it was written. */
export interface PemFile {
  readonly blocks: readonly [PemBlock, ...PemBlock[]];
  /** Whether every reader of RFC 7468 takes the file as it is, and not only a lenient one like OpenSSL. */
  readonly isStrict: boolean;
}

/**
 * Reads all blocks of a PEM file: what OpenSSL reads, which is more than RFC 7468 section 3 allows.
 *
 * A file may begin with a UTF-8 byte order mark, the first line of a block may be blank (it ends an
 * empty list of RFC 1421 headers), lines may have any length and end in blanks. Labels match, base64 is
 * canonical, lines end in LF or CRLF.
 *
 * Text between the blocks may be in any encoding that has no control characters. Nothing that resembles
 * a block is skipped: a malformed one was meant to say something.
 *
 * @throws PemTooLargeError, TooManyPemBlocksError if it holds more than allowed.
 * @throws NotPemError if it holds no block.
 * @throws BadPemError with the line, for anything else.
 * @throws EncryptedPrivateKeyError for a block with the header `Proc-Type: 4,ENCRYPTED` (RFC 1421).
 */
export function readPemFile(bytes: Uint8Array, { limit, maxBlocks = 64 }: PemLimits): PemFile {
  if (bytes.length > limit) throw new PemTooLargeError(limit);
  const hasMark = byteOrderMark.every((byte, index) => bytes[index] === byte);
  const content = hasMark ? bytes.subarray(byteOrderMark.length) : bytes;
  const lines = textOf(content).split("\n").map(withoutTrailingBlanks);
  const blocks: PemBlock[] = [];
  let isStrict = !hasMark && isUtf8(content);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!resemblesBoundary(line)) continue;
    const label = labelOf("BEGIN", line);
    if (label === undefined) throw new BadPemError(index + 1, "boundary");
    if (blocks.length === maxBlocks) throw new TooManyPemBlocksError(maxBlocks);
    const end = endOfBlock(lines, index, label);
    // RFC 1421 4.4 has a blank line between headers and content: with no header, it comes first.
    const hasBlankLine = lines[index + 1] === "";
    const begin = hasBlankLine ? index + 2 : index + 1;
    const body = lines.slice(begin, end);
    if (hasBlankLine || body.some(({ length }) => length > strictLineLimit)) isStrict = false;
    blocks.push({ label, der: decode(body, begin) });
    index = end;
  }
  const [first, ...others] = blocks;
  if (first === undefined) throw new NotPemError(kindOfOther(bytes));
  return { blocks: [first, ...others], isStrict };
}

/**
 * The blocks of {@linkcode readPemFile} alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readPem, writePem } from "./mod.ts";
 *
 * const pem = writePem("CERTIFICATE", Uint8Array.of(0x30, 0x00));
 * assert.equal(pem, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
 * const [{ label, der }] = readPem(new TextEncoder().encode(pem), { limit: 1000 });
 * assert.equal(label, "CERTIFICATE");
 * assert.deepEqual(der, Uint8Array.of(0x30, 0x00));
 * ```
 */
export function readPem(bytes: Uint8Array, limits: PemLimits): PemFile["blocks"] {
  return readPemFile(bytes, limits).blocks;
}

/** Blocks one after the other, as {@linkcode writePem} writes each. Secret, if one of them is. */
export function writePemBlocks(blocks: readonly PemBlock[]): Bytes {
  return new TextEncoder().encode(blocks.map(({ label, der }) => writePem(label, der)).join(""));
}

/** One block with lines of 64 characters, each ended by LF (RFC 7468 2). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** UTF-8's U+FEFF: Windows editors put it first. OpenSSL skips it since 3.0. */
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

/**
 * Whether a line looks as if it were to begin or end a block, rightly written or not. The blanks and hyphens
 * that are looked through are bounded: unbounded ones would take quadratic time on a line of nothing else.
 */
function resemblesBoundary(line: string): boolean {
  return /-----\s{0,8}(?:BEGIN|END)\b|^\s{0,8}-{3,8}\s{0,8}(?:BEGIN|END)\b/i.test(line);
}

/** The text of a file, a character for each byte: outside of blocks any encoding will do. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(bytes);
  if (isText(bytes)) return text;
  if (!text.includes("-----BEGIN ")) throw new NotPemError(kindOfOther(bytes));
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

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What a file is that holds no block. */
function kindOfOther(bytes: Uint8Array): NotPemError["found"] {
  if (bytes.length === 0) return "nothing";
  if (bytes[0] === tag.sequence && !(isText(bytes) && isUtf8(bytes))) {
    const first = contentStart(bytes);
    return containers.find(({ start }) => start.every((byte, at) => bytes[first + at] === byte))
      ?.found ?? "der";
  }
  return isText(bytes) && isUtf8(bytes) ? "text" : "binary";
}

/** How the content of DER or BER containers begins, which are often taken for certificates. */
const containers = [
  // PFX (RFC 7292 4): version 3, then a SEQUENCE.
  { found: "pkcs12", start: [tag.integer, 1, 3, tag.sequence] },
  // ContentInfo (RFC 5652 3) of type signedData, 1.2.840.113549.1.7.2.
  {
    found: "pkcs7",
    start: [tag.objectIdentifier, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
  },
] as const;

/** Where the content of the outermost value starts. Its length is not looked at: Windows writes BER. */
function contentStart(bytes: Uint8Array): number {
  const length = bytes[1] ?? 0;
  return length > 0x80 ? 2 + (length & 0x7f) : 2;
}

function firstBinaryLine(bytes: Uint8Array): number {
  let begin = 0;
  for (let line = 1;; line++) {
    const end = bytes.indexOf(0x0a, begin) + 1;
    const content = bytes.subarray(begin, end === 0 ? bytes.length : end);
    if (end === 0 || !isText(content)) return line;
    begin = end;
  }
}

/** A line without the spaces, tabs and the CR at its end, as OpenSSL strips it. */
function withoutTrailingBlanks(line: string): string {
  let { length } = line;
  while (length > 0 && " \t\r".includes(line.charAt(length - 1))) length--;
  return line.slice(0, length);
}

/** The longest label in use has 32 characters. */
const labelLimit = 64;

function labelOf(kind: "BEGIN" | "END", line: string): string | undefined {
  const prefix = `-----${kind} `;
  if (line.length > prefix.length + labelLimit + 5) return undefined;
  if (!line.startsWith(prefix) || !line.endsWith("-----")) return undefined;
  const label = line.slice(prefix.length, -5);
  return label.split(" ").every((word) => /^[A-Z0-9.]+$/.test(word)) ? label : undefined;
}

/** The index of the line with the boundary that closes the block which starts at `begin`. */
function endOfBlock(lines: readonly string[], begin: number, label: string): number {
  for (let index = begin + 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!resemblesBoundary(line)) continue;
    const found = labelOf("END", line);
    if (found === label) return index;
    if (labelOf("BEGIN", line) !== undefined) throw new BadPemError(begin + 1, "unterminated");
    throw new BadPemError(index + 1, found === undefined ? "boundary" : "label-mismatch");
  }
  throw new BadPemError(begin + 1, "unterminated");
}

/** Decodes the lines of a block; `begin` is the number of the line before the first, from 1. */
function decode(body: readonly string[], begin: number): Bytes {
  if (body.some((line) => line.startsWith("Proc-Type:") && line.includes("ENCRYPTED"))) {
    throw new EncryptedPrivateKeyError();
  }
  for (const [index, line] of body.entries()) {
    if (line.includes(":")) throw new BadPemError(begin + index + 1, "headers");
    const isLast = index === body.length - 1;
    const wellFormed = isLast ? /^[A-Za-z0-9+/]+={0,2}$/ : /^[A-Za-z0-9+/]+$/;
    if (!wellFormed.test(line)) throw new BadPemError(begin + index + 1, "base64");
  }
  if (body.length === 0) throw new BadPemError(begin, "empty-block");
  try {
    return Uint8Array.fromBase64(body.join(""), { lastChunkHandling: "strict" });
  } catch {
    // All characters are right: the padding is missing, or bits beyond the last byte are set.
    throw new BadPemError(begin + body.length, "base64");
  }
}
