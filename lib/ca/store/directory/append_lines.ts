/** Files of lines that only grow: `details.jsonl` and `history.jsonl`. */
import { joined } from "../../../system/mod.ts";

const newline = "\n".charCodeAt(0);

/**
 * The content of a file with lines added at the end. The old content is not read.
 *
 * @param old the content; `undefined` if there is no file.
 * @param lines without newlines.
 */
export function withLines(
  old: Uint8Array | undefined,
  lines: readonly string[],
): Uint8Array<ArrayBuffer> {
  const kept = old ?? new Uint8Array();
  // A person may have removed the newline at the end.
  const needsNewline = kept.length > 0 && kept[kept.length - 1] !== newline;
  const added = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  return joined([kept, needsNewline ? Uint8Array.of(newline) : new Uint8Array(), added]);
}
