/** Reads `details.jsonl`. Loaded only if details are needed: signing adds to them without reading them. */
import { isJsonObject } from "../../../../system/mod.ts";
import { isSerial } from "../../../../x509/mod.ts";
import { BadDetailsError, type DetailsProblem } from "../../../errors.ts";
import type { CertificateDetails } from "../../details.ts";
import { isShard } from "../../shards/mod.ts";
import { detailFields, fieldNames } from "./fields.ts";

/**
 * Reads `details.jsonl`: one JSON object a line. A later line for the same serial number adds fields,
 * replaces them, or removes them (`null`). Known fields are checked strictly. Unknown ones come from a newer
 * version and are ignored, because nothing depends on them.
 *
 * @param path for errors only.
 * @param wanted the serial numbers whose details are needed; all by default. The lines of others are not
 * checked, if they are as certswap writes them.
 * @returns the details by serial number.
 * @throws BadDetailsError with the line number.
 */
export function readDetails(
  bytes: Uint8Array,
  path: string,
  wanted?: ReadonlySet<string>,
): Map<string, CertificateDetails> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const all = new Map<string, CertificateDetails>();
  let number = 0;
  for (let start = 0; start < text.length;) {
    number++;
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    start = end + 1;
    if (wanted !== undefined && isOfAnother(line, wanted)) continue;
    const fault = readLine(line, all);
    if (fault !== undefined) throw new BadDetailsError(path, number, fault);
  }
  if (text.includes("\ufffd")) requireUtf8(bytes, { text, path });
  return all;
}

const beginning = '{"serial":"';

/** Whether a line, as certswap writes it, is about a certificate that is not wanted: not worth parsing. */
function isOfAnother(line: string, wanted: ReadonlySet<string>): boolean {
  if (!line.startsWith(beginning)) return false;
  const end = line.indexOf('"', beginning.length);
  // JSON.parse() takes the last of two fields with the same name.
  return end > 0 && !wanted.has(line.slice(beginning.length, end)) &&
    !line.includes('"serial"', end);
}

interface Fault {
  readonly problem: DetailsProblem;
  readonly field?: string;
}

/** Adds one line to `all`. @returns what is wrong with it. */
function readLine(line: string, all: Map<string, CertificateDetails>): Fault | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: "not-json" };
  }
  if (!isJsonObject(value)) return { problem: "not-an-object" };
  const { serial } = value;
  if (serial === undefined) return { problem: "missing-field", field: "serial" };
  if (!isSerialText(serial)) return { problem: "bad-value", field: "serial" };
  const details: Record<string, unknown> = { ...all.get(serial) };
  for (const field of detailFields) {
    const name = fieldNames[field];
    const entry = value[name];
    if (entry === undefined) continue;
    if (entry === null) delete details[field];
    else if (validators[field](entry)) details[field] = entry;
    else return { problem: "bad-value", field: name };
  }
  all.set(serial, details);
  return undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isSerialText = (value: unknown): value is string => isText(value) && isSerial(value);

const validators: Readonly<Record<keyof CertificateDetails, (value: unknown) => boolean>> = {
  profile: isText,
  names: (value) => Array.isArray(value) && value.every(isText),
  requestedBy: isText,
  key: (value) => isText(value) && /^[0-9a-f]{64}$/.test(value),
  supersededBy: isSerialText,
  importedFrom: isText,
  isLost: (value) => typeof value === "boolean",
  shard: isShard,
};

/** A replacement character in the text is either in the file or replaces bytes that are not UTF-8. */
function requireUtf8(
  bytes: Uint8Array,
  { text, path }: { readonly text: string; readonly path: string },
): void {
  const wrong = new TextEncoder().encode(text).findIndex((byte, index) => byte !== bytes[index]);
  if (wrong < 0) return;
  const before = new TextDecoder().decode(bytes.subarray(0, wrong));
  throw new BadDetailsError(path, before.split("\n").length, { problem: "not-utf8" });
}
