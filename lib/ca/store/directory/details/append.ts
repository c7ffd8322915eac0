/** Writes `details.jsonl`: lines are only added. */
import { IndexFullError } from "../../../errors.ts";
import type { DetailsPatch } from "../../details.ts";
import { withLines } from "../append_lines.ts";
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
  const bytes = withLines(old, lines.map((line) => JSON.stringify(toJson(line))));
  if (bytes.length > room) throw new IndexFullError(path, room);
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
