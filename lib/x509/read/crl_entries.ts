/** The entries of a CRL. There may be a million: they stay bytes until one is asked for. */
import {
  type Bytes,
  DerReader,
  type DerValue,
  extensionOid,
  readInside,
  readTime,
  tag,
} from "../encoding/mod.ts";
import { BadCrlError } from "../errors.ts";
import { type FoundExtension, readExtensionList } from "./extensions.ts";
import { type RevocationReason, revocationReasons } from "./revocation_reason.ts";
import { readSerialNumber } from "./serial_number.ts";

/** An entry of a CRL: a revoked certificate (RFC 5280 5.1.2.6). */
export interface CrlEntry {
  readonly serial: bigint;
  readonly revokedAt: Date;
  /** `undefined` if certswap does not know the reason. */
  readonly reason: RevocationReason | undefined;
}

/** The entries of a CRL, in its order. All were checked when it was read. */
export class CrlEntries implements Iterable<CrlEntry> {
  readonly #content: Bytes;
  readonly length: number;

  /** @param content that of revokedCertificates, checked. @param length how many entries it has. */
  constructor(content: Bytes, length: number) {
    this.#content = content;
    this.length = length;
  }

  *[Symbol.iterator](): Generator<CrlEntry, undefined> {
    for (const at of this.#positions()) yield entryAt(this.#content, at);
  }

  /** The entry with this serial number. Reads the list from its start. */
  find(serial: bigint): CrlEntry | undefined {
    const content = this.#content;
    const last = Number(BigInt.asUintN(8, serial));
    for (const at of this.#positions()) {
      const [, end] = serialAt(content, at);
      if (content[end - 1] !== last) continue;
      const entry = entryAt(content, at);
      if (entry.serial === serial) return entry;
    }
    return undefined;
  }

  /** Finds any number of entries: reads the list only once. */
  index(): CrlIndex {
    return new CrlIndex(this.#content, { positions: this.#positions(), length: this.length });
  }

  *#positions(): Generator<number, undefined> {
    const content = this.#content;
    for (let at = 0; at < content.length; at = endOf(content, at)) yield at;
  }
}

/** Finds entries of a CRL by serial number. Needs a few bytes for each. */
export class CrlIndex {
  readonly #content: Bytes;
  /** Open addressing: the position of an entry, and 1; 0 is a free place. */
  readonly #places: Uint32Array;

  constructor(
    content: Bytes,
    { positions, length }: { readonly positions: Iterable<number>; readonly length: number },
  ) {
    this.#content = content;
    this.#places = new Uint32Array(2 ** Math.ceil(Math.log2(2 * length + 2)));
    for (const at of positions) {
      const [from, to] = serialAt(content, at);
      const serial = content.subarray(from, to);
      const place = this.#placeOf(serial);
      // The first one counts, as for those who read the list from its start.
      if (this.#places[place] === 0) this.#places[place] = at + 1;
    }
  }

  /** Whether a certificate is on the list. @param serial formatted by `formatSerial`. */
  has(serial: string): boolean {
    return this.#places[this.#placeOf(contentOf(serial))] !== 0;
  }

  /** The entry of a certificate. @param serial formatted by `formatSerial`. */
  get(serial: string): CrlEntry | undefined {
    const found = this.#places[this.#placeOf(contentOf(serial))] ?? 0;
    return found === 0 ? undefined : entryAt(this.#content, found - 1);
  }

  /** Where a serial number is, or belongs. @param serial the content of its INTEGER. */
  #placeOf(serial: Uint8Array): number {
    const places = this.#places;
    const mask = places.length - 1;
    for (let place = hash(serial) & mask;; place = (place + 1) & mask) {
      const found = places[place] ?? 0;
      if (found === 0 || this.#isAt(found - 1, serial)) return place;
    }
  }

  #isAt(at: number, serial: Uint8Array): boolean {
    const content = this.#content;
    const [from, to] = serialAt(content, at);
    if (to - from !== serial.length) return false;
    for (let index = 0; index < serial.length; index++) {
      if (content[from + index] !== serial[index]) return false;
    }
    return true;
  }
}

/** What reading the entries of a CRL has found. */
interface ReadEntries {
  readonly entries: CrlEntries;
  /** OBJECT IDENTIFIERs of critical extensions of entries. */
  readonly criticalExtensions: readonly string[];
}

/**
 * Checks all entries.
 *
 * @param list revokedCertificates; `undefined`: the CRL has none.
 * @throws BadCrlError, BadDerError
 */
export function readEntries(list: DerValue | undefined): ReadEntries {
  if (list === undefined) {
    return { entries: new CrlEntries(new Uint8Array(), 0), criticalExtensions: [] };
  }
  const { content } = list;
  const offset = list.offset + list.der.length - content.length;
  const critical = new Set<string>();
  let length = 0;
  for (let at = 0; at < content.length; length++) {
    const end = endOfUsual(content, at);
    if (end !== undefined) {
      at = end;
      continue;
    }
    const value = new DerReader(content.subarray(at), offset + at).next(tag.sequence);
    const { extensions } = readInside(value, readEntry);
    for (const { critical: isCritical, oid } of extensions) if (isCritical) critical.add(oid);
    at += value.der.length;
  }
  return { entries: new CrlEntries(content, length), criticalExtensions: [...critical] };
}

interface EntryWithExtensions {
  readonly entry: CrlEntry;
  readonly extensions: readonly FoundExtension[];
}

function readEntry(parts: DerReader): EntryWithExtensions {
  const serial = readSerialNumber(parts, () => new BadCrlError("serial-number-too-long"));
  const revokedAt = readTime(parts);
  const extensions = parts.isAtEnd()
    ? []
    : readExtensionList(parts, (problem) => new BadCrlError(problem));
  const code = extensions.find(({ oid }) => oid === extensionOid.reasonCode);
  // RFC 5280 5.3.1: no reason code means unspecified.
  const reason = code === undefined ? "unspecified" : readInside(code.octets, readReason);
  return { entry: { serial, revokedAt, reason }, extensions };
}

/** CRLReason. */
function readReason(reader: DerReader): RevocationReason | undefined {
  const { content } = reader.next(tag.enumerated);
  return content.length === 1 ? reasonsByCode.get(content[0]) : undefined;
}

const reasonsByCode = new Map<number | undefined, RevocationReason>(
  Object.entries(revocationReasons).map(([reason, code]) => [code, reason as RevocationReason]),
);

/** The entry at a position. It was checked before. */
function entryAt(content: Bytes, at: number): CrlEntry {
  return new DerReader(content.subarray(at), at + 1).inside(tag.sequence, readEntry).entry;
}

/** Where the content of the value at a position starts and ends. It was checked before. */
function bounds(content: Bytes, at: number): readonly [number, number] {
  const first = content[at + 1] ?? 0;
  if (first < 0x80) return [at + 2, at + 2 + first];
  const count = first & 0x7f;
  let length = 0;
  for (let index = 2; index < 2 + count; index++) {
    length = length * 256 + (content[at + index] ?? 0);
  }
  return [at + 2 + count, at + 2 + count + length];
}

const endOf = (content: Bytes, at: number): number => bounds(content, at)[1];

/** Where the content of an entry's serial number starts and ends. */
const serialAt = (content: Bytes, at: number): readonly [number, number] =>
  bounds(content, bounds(content, at)[0]);

/** The content of the INTEGER of a serial number. @param serial formatted by `formatSerial`. */
function contentOf(serial: string): Uint8Array {
  const even = serial.length % 2 === 0 ? serial : `0${serial}`;
  // If the first bit is set, a zero byte keeps the number positive.
  return Uint8Array.fromHex(even.charAt(0) >= "8" ? `00${even}` : even);
}

/** FNV-1a. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193);
  // Its low bits choose the place.
  return value ^ value >>> 15;
}

/**
 * The end of an entry in the form that certswap and OpenSSL write: a positive serial number, UTCTime, and a
 * reason code or no extension. `undefined` for every other form: it may be right, or not.
 */
function endOfUsual(content: Bytes, at: number): number | undefined {
  const size = content[at + 1] ?? 0;
  const end = at + 2 + size;
  if (content[at] !== tag.sequence || size >= 0x80 || end > content.length) return undefined;
  const serial = at + 4;
  const length = content[at + 3] ?? 0;
  if (content[at + 2] !== tag.integer || length === 0 || length > 20) return undefined;
  const [first = 0, second = 0] = [content[serial], content[serial + 1]];
  if (first >= 0x80 || (first === 0 && length > 1 && second < 0x80)) return undefined;
  const time = serial + length;
  if (!isUsualTime(content, time)) return undefined;
  const rest = time + 15;
  if (rest === end) return end;
  if (rest + reasonStart.length + 1 !== end) return undefined;
  for (let index = 0; index < reasonStart.length; index++) {
    if (content[rest + index] !== reasonStart[index]) return undefined;
  }
  return end;
}

/** Extensions with only a reason code, which is not critical, up to its value. */
const reasonStart = /* @__PURE__ */ Uint8Array.fromHex("300c300a0603551d1504030a01");

/** Whether there is a UTCTime of a day that every year has. */
function isUsualTime(content: Bytes, at: number): boolean {
  if (content[at] !== tag.utcTime || content[at + 1] !== 13 || content[at + 14] !== 0x5a) {
    return false;
  }
  for (let index = at + 2; index < at + 14; index++) {
    const byte = content[index] ?? 0;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  const two = (place: number): number =>
    (content[at + 2 + place] ?? 0) * 10 + (content[at + 3 + place] ?? 0) - 0x30 * 11;
  const day = two(4);
  return day >= 1 && day <= (daysOf[two(2)] ?? 0) && two(6) < 24 && two(8) < 60 && two(10) < 60;
}

const daysOf: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
