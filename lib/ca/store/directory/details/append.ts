/** Writes `details.jsonl`: lines are only added. */
import { IndexFullError } from "../../../errors.ts";
import type { DetailsPatch } from "../../details.ts";
import { detailFields, fieldNames } from "./fields.ts";

/** A line to add: what is new about one certificate. */
export interface DetailsLine {
  /** Formatted by `formatSerial`. */
  readonly serial: string;
  readonly details: DetailsPatch;
}

/** The size limit of `details.jsonl` in bytes. */
export const detailsLimit = 256 * 1024 * 1024;

/** How much of that may be used for new certificates. The rest is reserved for corrections. */
const detailsRoom = detailsLimit / 4 * 3;

/**
 * The content of `details.jsonl` with lines added at the end. The old content is not read: a later line for
 * the same serial number adds to an earlier one.
 *
 * @param old the content; `undefined` if there is no file.
 * @param options `path` is for errors only.
 * @throws IndexFullError
 */
export function appendToDetails(
  old: Uint8Array | undefined,
  { lines, path, room = detailsRoom }: {
    readonly lines: readonly DetailsLine[];
    readonly path: string;
    readonly room?: number;
  },
): Uint8Array {
  const kept = old ?? new Uint8Array();
  // A person may have removed the newline at the end.
  const needsNewline = kept.length > 0 && kept[kept.length - 1] !== "\n".charCodeAt(0);
  const text = lines.map((line) => `${JSON.stringify(toJson(line))}\n`).join("");
  const added = new TextEncoder().encode(needsNewline ? `\n${text}` : text);
  const bytes = new Uint8Array(kept.length + added.length);
  if (bytes.length > room) throw new IndexFullError(path, room);
  bytes.set(kept);
  bytes.set(added, kept.length);
  return bytes;
}

function toJson({ serial, details }: DetailsLine): Record<string, unknown> {
  const json: Record<string, unknown> = { serial };
  for (const field of detailFields) {
    const value = details[field];
    if (value !== undefined) json[fieldNames[field]] = value;
  }
  return json;
}
