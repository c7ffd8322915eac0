/** Adds to `history.jsonl`, and moves what is in it to a segment when it has become long. */
import type { FileSystem } from "../../../../system/mod.ts";
import { type Entry, takeSnapshot } from "../../../../transaction/mod.ts";
import { type EventContent, type EventLog, headAt } from "../../history/mod.ts";
import { type DataDirectory, madeDirectory, newFile, segmentPath } from "../../files/mod.ts";
import { withLines } from "../append_lines.ts";
import { historyLimit, lastLineOf, sequenceOfFirstLine } from "./lines.ts";
import { newestSegmentHead } from "./read.ts";

/**
 * From this size on, in bytes, `history.jsonl` is moved to a segment before it grows further: every change
 * writes it anew.
 */
export const segmentSize = 64 * 1024;

/** What to add. */
interface AppendOptions {
  readonly log: EventLog;
  /** The entries that start a history, for a CA that has none. */
  readonly start: () => Promise<readonly EventContent[]>;
}

/**
 * The changed files of the history.
 *
 * @throws BadHistoryError, FileSystemError
 */
export async function appendedHistory(
  files: FileSystem,
  directory: DataDirectory,
  { log, start }: AppendOptions,
): Promise<readonly Entry[]> {
  const target = directory.paths.history;
  const old = await takeSnapshot(files, target, historyLimit);
  const last = old && lastLineOf(old.content);
  const head = last === undefined
    ? await newestSegmentHead(files, directory)
    : await headAt(last.text, { path: target, line: last.number });
  const lines = await log.link(head, head === undefined ? await start() : []);
  if (old === undefined) {
    return [newFile(files, directory, { target, content: withLines(undefined, lines) })];
  }
  const { uid, gid, mode } = old.snapshot;
  const replaced = {
    kind: "replace",
    target,
    attributes: { uid, gid, mode },
    old: old.snapshot,
  } as const;
  if (old.content.length < segmentSize) {
    return [{ ...replaced, content: withLines(old.content, lines) }];
  }
  return [
    ...madeDirectory(files, directory.paths.segments),
    newFile(files, directory, {
      target: segmentPath(directory.paths, sequenceOfFirstLine(old.content, target)),
      content: old.content,
    }),
    { ...replaced, content: withLines(undefined, lines) },
  ];
}
