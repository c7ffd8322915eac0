/** Reads and writes PEM (RFC 7468). */
import { tag } from "./der_reader.ts";
import type { Bytes } from "./der_writer.ts";
import {
  BadPemError,
  EncryptedPrivateKeyError,
  NotPemError,
  PemTooLargeError,
  TooManyPemBlocksError,
} from "../errors.ts";

/** The size limit of a file of certificates, in bytes. */
export const certificateFileLimit = 1024 * 1024;

/** The size limit of a file with a private key, in bytes. */
export const privateKeyFileLimit = 64 * 1024;

/** The size limit of a file with a CRL, in bytes. A million revoked certificates fit. */
export const crlFileLimit = 64 * 1024 * 1024;

/** The longest line that every reader of RFC 7468 accepts. */
const strictLineLimit = 76;

/** One PEM block (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`: upper-case letters, digits, full stops and single spaces. */
  readonly label: string;
  readonly der: Bytes;
}

/** Limits of {@linkcode readPemFile}. */
interface PemLimits {
  /** Maximum size of the file in bytes, checked first. */
  readonly limit: number;
  readonly maxBlocks?: number;
}

/** The blocks of a PEM file, and whether it is strict PEM. */
export interface PemFile {
  readonly blocks: readonly [PemBlock, ...PemBlock[]];
  /** Whether every reader of RFC 7468 accepts the file as it is, not only a lenient one such as OpenSSL. */
  readonly isStrict: boolean;
}

/**
 * Reads all blocks of a PEM file. Accepts what OpenSSL accepts, which is more than RFC 7468 section 3 allows.
 *
 * A file may start with a UTF-8 byte order mark, the first line of a block may be blank (the end of an empty
 * list of RFC 1421 headers), and lines may have any length and end in blanks. Labels must match, base64 must
 * be canonical, and lines end in LF or CRLF.
 *
 * Text between blocks may have any encoding without control characters. A malformed block is an error: it is
 * never skipped as text.
 *
 * @throws PemTooLargeError, TooManyPemBlocksError if it holds more than allowed.
 * @throws NotPemError if it holds no block.
 * @throws BadPemError with the line, for anything else that is wrong.
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
    // RFC 1421 4.4 puts a blank line between headers and content. Without headers, it comes first.
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
 * Reads only the blocks of a PEM file, as {@linkcode readPemFile} does.
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

/** Several blocks, each as {@linkcode writePem} writes it. Secret if one of them is. */
export function writePemBlocks(blocks: readonly PemBlock[]): Bytes {
  return new TextEncoder().encode(blocks.map(({ label, der }) => writePem(label, der)).join(""));
}

/** One PEM block as {@linkcode writePem} writes it, for a file. Secret if it has a private key. */
export function encodePem(label: string, der: Uint8Array): Bytes {
  const text = new TextEncoder();
  const [begin, end] = boundariesOf(label);
  const base64Size = 4 * Math.ceil(der.length / 3);
  const size = base64Size + Math.ceil(base64Size / lineLength);
  const pem = new Uint8Array(begin.length + size + end.length);
  pem.set(begin);
  let at = begin.length;
  for (let from = 0; from < der.length; from += lineSize * linesInStep) {
    const part = der.subarray(from, from + lineSize * linesInStep);
    const base64 = part.toBase64();
    // Behind where it belongs: each line then moves to the front, and leaves room for its end.
    let unmoved = at + Math.ceil(base64.length / lineLength);
    const stop = unmoved + text.encodeInto(base64, pem.subarray(unmoved)).written;
    for (; unmoved < stop; unmoved += lineLength) {
      const next = Math.min(unmoved + lineLength, stop);
      pem.copyWithin(at, unmoved, next);
      at += next - unmoved;
      pem[at++] = newline;
    }
  }
  pem.set(end, at);
  return pem;
}

/** Lines of a block: their length in characters and in bytes of DER, how many one step handles, their end. */
const lineLength = 64;
const lineSize = 48;
const linesInStep = 1024;
const newline = 0x0a;

/** The first and the last line of a block. */
function boundariesOf(label: string): readonly [Uint8Array, Uint8Array] {
  const text = new TextEncoder();
  return [text.encode(`-----BEGIN ${label}-----\n`), text.encode(`-----END ${label}-----\n`)];
}

/**
 * Decodes a file that {@linkcode encodePem} could have written, byte for byte, without copies of its lines:
 * for large ones.
 *
 * @returns `undefined` for every other file: {@linkcode readPem} can perhaps read it, or says what is wrong.
 */
export function decodeOwnPem(label: string, pem: Uint8Array): Bytes | undefined {
  const [begin, end] = boundariesOf(label);
  if (!startsWith(pem, begin) || !startsWith(pem.subarray(-end.length), end)) return undefined;
  return decodeLines(pem.subarray(begin.length, pem.length - end.length));
}

/**
 * Decodes the beginning of such a file.
 *
 * @param start its first bytes.
 * @returns the bytes of its complete lines.
 */
export function decodeStartOfOwnPem(label: string, start: Uint8Array): Bytes | undefined {
  const [begin] = boundariesOf(label);
  if (!startsWith(start, begin)) return undefined;
  const body = start.subarray(begin.length);
  return decodeLines(body.subarray(0, body.length - body.length % (lineLength + 1)));
}

/** Decodes lines of base64, of which only the last one may be shorter. */
function decodeLines(lines: Uint8Array): Bytes | undefined {
  const length = lineLength + 1;
  const der = new Uint8Array(lineSize * Math.ceil(lines.length / length));
  let size = 0;
  for (let from = 0; from < lines.length; from += length * linesInStep) {
    const part = lines.subarray(from, from + length * linesInStep);
    const characters = part.length - Math.ceil(part.length / length);
    const isLast = from + part.length === lines.length;
    if (!endsEachLine(part)) return undefined;
    const text = latin1(part);
    let decoded: Bytes;
    try {
      decoded = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    } catch {
      return undefined;
    }
    // Blanks within a line are skipped: then there are fewer bytes than its length says.
    const padding = !isLast ? 0 : text.endsWith("==\n") ? 2 : text.endsWith("=\n") ? 1 : 0;
    if (decoded.length !== 3 * characters / 4 - padding) return undefined;
    der.set(decoded, size);
    size += decoded.length;
  }
  return size === 0 ? undefined : der.subarray(0, size);
}

/** Whether every line ends where it should, the last one with the last byte. */
function endsEachLine(lines: Uint8Array): boolean {
  for (let at = lineLength; at < lines.length; at += lineLength + 1) {
    if (lines[at] !== newline) return false;
  }
  return lines.at(-1) === newline;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

/** One PEM block with lines of 64 characters, each ending in LF (RFC 7468 2). */
export function writePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** U+FEFF in UTF-8. Windows editors write it at the start of a file; OpenSSL skips it since 3.0. */
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

/**
 * Whether a line looks like an attempt at a BEGIN or END line. The number of blanks and hyphens is bounded:
 * otherwise a line of nothing else would take quadratic time.
 */
function resemblesBoundary(line: string): boolean {
  // Most lines are base64: none is looked at twice. Most others are as they should be.
  if (!line.includes("---")) return false;
  if (line.startsWith("-----BEGIN ") || line.startsWith("-----END ")) return true;
  return /-----\s{0,8}(?:BEGIN|END)\b|^\s{0,8}-{3,8}\s{0,8}(?:BEGIN|END)\b/i.test(line);
}

/** The text of a file, one character per byte: between blocks, any encoding is allowed. */
function textOf(bytes: Uint8Array): string {
  const text = latin1(bytes);
  const binary = text.search(notText);
  if (binary < 0) return text;
  if (!text.includes("-----BEGIN ")) throw new NotPemError(kindOfOther(bytes));
  throw new BadPemError(text.slice(0, binary).split("\n").length, "binary");
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/**
 * A control character other than tab and line end: text has none, and binary data soon has one. A regular
 * expression is native code: a call for each byte takes ten times as long right after the start.
 */
// deno-lint-ignore no-control-regex
const notText = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;

function isText(bytes: Uint8Array): boolean {
  return !notText.test(latin1(bytes));
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What a file without PEM blocks seems to be. */
function kindOfOther(bytes: Uint8Array): NotPemError["found"] {
  if (bytes.length === 0) return "nothing";
  const isReadable = isText(bytes) && isUtf8(bytes);
  if (bytes[0] === tag.sequence && !isReadable) {
    const first = contentStart(bytes);
    return containers.find(({ start }) => start.every((byte, at) => bytes[first + at] === byte))
      ?.found ?? "der";
  }
  return isReadable ? "text" : "binary";
}

/** How the content of DER or BER containers starts that are often mistaken for certificates. */
const containers = [
  // PFX (RFC 7292 4): version 3, then a SEQUENCE.
  { found: "pkcs12", start: [tag.integer, 1, 3, tag.sequence] },
  // ContentInfo (RFC 5652 3) of type signedData, 1.2.840.113549.1.7.2.
  {
    found: "pkcs7",
    start: [tag.objectIdentifier, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
  },
] as const;

/** Where the content of the outermost value starts. Its length is not checked: Windows writes BER. */
function contentStart(bytes: Uint8Array): number {
  const length = bytes[1] ?? 0;
  return length > 0x80 ? 2 + (length & 0x7f) : 2;
}

/** Removes the spaces, tabs and CR at the end of a line, as OpenSSL does. */
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

/** The index of the END line of the block that starts at `begin`. */
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

/** Only the last line of a block may be padded. One form for all lines: compiling each takes a while. */
const base64Line = /^[A-Za-z0-9+/]+={0,2}$/;

/** Decodes the lines of a block. `begin` is the number of the line before the first, counted from 1. */
function decode(body: readonly string[], begin: number): Bytes {
  if (body.some((line) => line.startsWith("Proc-Type:") && line.includes("ENCRYPTED"))) {
    throw new EncryptedPrivateKeyError();
  }
  for (const [index, line] of body.entries()) {
    if (line.includes(":")) throw new BadPemError(begin + index + 1, "headers");
    const isLast = index === body.length - 1;
    if (!base64Line.test(line) || (!isLast && line.endsWith("="))) {
      throw new BadPemError(begin + index + 1, "base64");
    }
  }
  if (body.length === 0) throw new BadPemError(begin, "empty-block");
  try {
    return Uint8Array.fromBase64(body.join(""), { lastChunkHandling: "strict" });
  } catch {
    // All characters are valid: padding is missing, or bits beyond the last byte are set.
    throw new BadPemError(begin + body.length, "base64");
  }
}
