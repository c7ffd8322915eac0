/** The files of a history: `history.jsonl` with the newest lines, and segments with the older ones. */
import { BadHistoryError } from "../../../errors.ts";
import { parseEvent } from "../../history/mod.ts";

/** The most bytes of one of the files. One change may add many lines. */
export const historyLimit = 512 * 1024 * 1024;

/** The last line of a file, with its number from 1; `undefined` if there is none. */
export function lastLineOf(
  content: Uint8Array,
): { readonly text: string; readonly number: number } | undefined {
  const end = content.at(-1) === newline ? content.length - 1 : content.length;
  if (end <= 0) return undefined;
  const start = content.lastIndexOf(newline, end - 1) + 1;
  let number = 1;
  for (
    let at = content.indexOf(newline);
    at >= 0 && at < start;
    at = content.indexOf(newline, at + 1)
  ) {
    number++;
  }
  return { text: decode(content.subarray(start, end)), number };
}

/**
 * The sequence number of the first line of `history.jsonl`.
 *
 * @param path for errors.
 * @throws BadHistoryError
 */
export function sequenceOfFirstLine(content: Uint8Array, path: string): number {
  const sequence = sequenceAtStart(content);
  if (sequence === undefined) throw new BadHistoryError(path, 1);
  return sequence;
}

/** The sequence number of the first line of a file; `undefined` if that is not an entry. */
export function sequenceAtStart(content: Uint8Array): number | undefined {
  const end = content.indexOf(newline);
  return parseEvent(decode(content.subarray(0, end < 0 ? content.length : end)))?.sequence;
}

/** All lines of a file, without their newlines. */
export function linesOf(content: Uint8Array): readonly string[] {
  const lines = decode(content).split("\n");
  // After the last newline there is nothing.
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

const newline = "\n".charCodeAt(0);

/** Bytes that are not UTF-8 are replaced: then the hash of the line is another one. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
