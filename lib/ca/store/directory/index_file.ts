/** Reads and writes `index.json`: the records of all leaf certificates. */
// deno-lint-ignore-file camelcase -- other tools rely on the field names of index.json
import { isTime } from "../../../system/mod.ts";
import { isRevocationReason, isSerial, type RevocationReason } from "../../../x509/mod.ts";
import { BadIndexError, IndexFullError } from "../../errors.ts";
import type { CertificateRecord } from "../store.ts";
import { type IndexFault, JsonLines } from "./json_lines.ts";

/** An entry of `index.json`: exactly these fields in this order. */
export interface IndexEntry {
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly not_before: string;
  readonly not_after: string;
  readonly status: "active" | "revoked";
  /** `""` until revoked. */
  readonly revoked_at: string;
  /** `""` until revoked. */
  readonly revocation_reason: RevocationReason | "";
}

/** Converts an entry to a record. */
export function toRecord(entry: IndexEntry): CertificateRecord {
  const { serial, subject, status } = entry;
  return {
    serial,
    subject,
    notBefore: entry.not_before,
    notAfter: entry.not_after,
    status,
    revokedAt: entry.revoked_at,
    revocationReason: entry.revocation_reason,
  };
}

/** Converts a record to an entry. */
export function toEntry(record: CertificateRecord): IndexEntry {
  const { serial, subject, status } = record;
  return {
    serial,
    subject,
    not_before: record.notBefore,
    not_after: record.notAfter,
    status,
    revoked_at: record.revokedAt,
    revocation_reason: record.revocationReason,
  };
}

/** The size limit of an index in bytes. A million certificates fit. */
export const indexLimit = 256 * 1024 * 1024;

/** How much of that may be used for new certificates. The rest is reserved for revocations. */
export const indexRoom = indexLimit / 4 * 3;

/**
 * Reads `index.json` strictly: unknown or missing fields, invalid values and repeated serial numbers are
 * errors.
 *
 * @param path for errors only.
 * @throws BadIndexError with the line number.
 */
export function readIndex(bytes: Uint8Array, path: string): IndexEntry[] {
  const text = decode(bytes, path);
  const value = tryParse(text);
  const problem = problemOf(value) ?? doubleFieldIn(text, value as IndexEntry[]);
  if (problem === undefined) return value as IndexEntry[];
  const { line, ...options } = new JsonLines(text).locate(problem);
  throw new BadIndexError(path, line, options);
}

/** The content of `index.json`: indented by two spaces, with a newline at the end. */
export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(entries, undefined, 2) + "\n");
}

/**
 * Checks that entries can be read back, before anything is changed: an unreadable index would stop the CA.
 * The other entries need no check, because they were read from an index and are written unchanged.
 *
 * @throws TypeError if an entry cannot be read back, which is a bug.
 */
export function requireReadBack(entries: readonly IndexEntry[]): void {
  let read: readonly IndexEntry[];
  try {
    read = readIndex(encodeIndex(entries), "index.json");
  } catch (cause) {
    throw new TypeError("the index cannot be read back", { cause });
  }
  const isSame = entries.every((entry, index) =>
    fields.every(([field]) =>
      entry[field as keyof IndexEntry] === read[index]?.[field as keyof IndexEntry]
    )
  );
  if (!isSame) throw new TypeError("the index differs when it is read back");
}

/**
 * The content of an index with entries added at the end.
 *
 * @param old the content of a valid index. If it has the format of {@linkcode encodeIndex}, it is copied
 * instead of encoded again, which is most of the work for a hundred thousand entries.
 * @param options `path` is for errors only.
 * @throws IndexFullError
 */
export function appendToIndex(
  old: Uint8Array,
  options: { entries: readonly IndexEntry[]; added: readonly IndexEntry[]; path: string },
): Uint8Array {
  const bytes = appended(old, options);
  if (bytes.length > indexRoom) throw new IndexFullError(options.path, indexRoom);
  return bytes;
}

function appended(
  old: Uint8Array,
  { entries, added }: { entries: readonly IndexEntry[]; added: readonly IndexEntry[] },
): Uint8Array {
  const end = new TextEncoder().encode("\n  }\n]\n");
  const kept = old.length - "\n]\n".length;
  const isCanonical = end.every((byte, index) => old[old.length - end.length + index] === byte);
  if (!isCanonical || added.length === 0) return encodeIndex([...entries, ...added]);
  const tail = encodeIndex(added);
  // From "[\n  {" on, with a comma instead of the bracket.
  tail[0] = ",".charCodeAt(0);
  const bytes = new Uint8Array(kept + tail.length);
  bytes.set(old.subarray(0, kept));
  bytes.set(tail, kept);
  return bytes;
}

/**
 * Decodes strict UTF-8. TextDecoder with `fatal` takes three times as long as one that replaces invalid
 * bytes.
 */
function decode(bytes: Uint8Array, path: string): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (!text.includes("\ufffd")) return text;
  const wrong = new TextEncoder().encode(text).findIndex((byte, index) => byte !== bytes[index]);
  if (wrong < 0) return text;
  const before = new TextDecoder().decode(bytes.subarray(0, wrong));
  throw new BadIndexError(path, before.split("\n").length, { problem: "not-utf8" });
}

const notJson = Symbol("not JSON");

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

function problemOf(value: unknown): IndexFault | undefined {
  if (value === notJson) return { problem: "not-json" };
  if (!Array.isArray(value)) return { problem: "not-an-array" };
  const serials = new Set<string>();
  for (const [entry, candidate] of value.entries()) {
    const fault = faultOf(candidate);
    if (fault !== undefined) return { ...fault, entry };
    const { serial } = candidate as IndexEntry;
    if (serials.has(serial)) return { problem: "double-serial", entry, field: "serial" };
    serials.add(serial);
  }
  return undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTimeText = (value: unknown): boolean => isText(value) && isTime(value);

/** The valid values of each field, independent of the other fields. */
const validators: Readonly<Record<keyof IndexEntry, (value: unknown) => boolean>> = {
  serial: (value) => isText(value) && isSerial(value),
  subject: isText,
  not_before: isTimeText,
  not_after: isTimeText,
  status: (value) => value === "active" || value === "revoked",
  revoked_at: (value) => value === "" || isTimeText(value),
  revocation_reason: (value) => value === "" || (isText(value) && isRevocationReason(value)),
};
// An array: for a hundred thousand entries, iterating over it is many times faster than over properties.
const fields = Object.entries(validators);
const fieldNames: ReadonlySet<string> = new Set(Object.keys(validators));

function faultOf(candidate: unknown): Omit<IndexFault, "entry"> | undefined {
  if (typeof candidate !== "object" || candidate === null || Array.isArray(candidate)) {
    return { problem: "not-an-object" };
  }
  for (const field in candidate) {
    if (!fieldNames.has(field)) return { problem: "unknown-field", field };
  }
  for (const [field, isGood] of fields) {
    // No validator accepts `undefined`.
    if (isGood((candidate as Record<string, unknown>)[field])) continue;
    const isMissing = !Object.hasOwn(candidate, field);
    return { problem: isMissing ? "missing-field" : "bad-value", field };
  }
  const entry = candidate as IndexEntry;
  const isRevoked = entry.status === "revoked";
  for (const field of ["revoked_at", "revocation_reason"] as const) {
    if ((entry[field] !== "") !== isRevoked) return { problem: "bad-value", field };
  }
  return undefined;
}

/**
 * Finds a field that appears twice in an entry: `JSON.parse` keeps only the last one. If the file has exactly
 * the lines that certswap writes, there cannot be any; otherwise it is searched.
 */
function doubleFieldIn(text: string, entries: readonly IndexEntry[]): IndexFault | undefined {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  const expected = entries.length === 0 ? 1 : entries.length * (fields.length + 2) + 2;
  return lines === expected ? undefined : new JsonLines(text).doubleField();
}
