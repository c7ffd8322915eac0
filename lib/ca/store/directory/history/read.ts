/** Reads the history of a data directory. Needs no lock. */
import { type FileSystem, ifPresent, nameOf } from "../../../../system/mod.ts";
import {
  headAt,
  type HistoryHead,
  type HistoryLine,
  type HistoryReading,
  isSelected,
  parseEvent,
  selectsAll,
} from "../../history/mod.ts";
import {
  type DataDirectory,
  readIfPresent,
  segmentPath,
  sequenceOfSegment,
} from "../../files/mod.ts";
import { historyLimit, lastLineOf, linesOf, sequenceAtStart } from "./lines.ts";

/**
 * The lines of the history, a file at a time.
 *
 * `history.jsonl` is read first: what a change moves to a segment meanwhile is then known twice, not missing.
 */
export async function* readHistory(
  files: FileSystem,
  directory: DataDirectory,
  { newestFirst = false, ...filter }: HistoryReading,
): AsyncGenerator<readonly HistoryLine[]> {
  const { history: path } = directory.paths;
  const newest = (await readIfPresent(files, path, historyLimit))?.content;
  const first = newest && sequenceAtStart(newest);
  const segments = segmentsOf(files, directory)
    .filter((sequence) => first === undefined || sequence < first);
  const toLines = (content: Uint8Array, place: string): readonly HistoryLine[] => {
    const lines = linesOf(content).map((text, index): HistoryLine => ({
      text,
      event: parseEvent(text),
      place: `${place}:${index + 1}`,
    }));
    const wanted = selectsAll(filter)
      ? lines
      : lines.filter(({ event }) => event !== undefined && isSelected(event, filter));
    return newestFirst ? wanted.toReversed() : wanted;
  };
  const last = newest === undefined ? [] : toLines(newest, nameOf(path));
  if (newestFirst) yield last;
  for (const sequence of newestFirst ? segments.toReversed() : segments) {
    const segment = segmentPath(directory.paths, sequence);
    const file = await readIfPresent(files, segment, historyLimit);
    if (file !== undefined) yield toLines(file.content, `history/${nameOf(segment)}`);
  }
  if (!newestFirst) yield last;
}

/** The newest entry. @throws BadHistoryError, FileSystemError */
export async function readHistoryHead(
  files: FileSystem,
  directory: DataDirectory,
): Promise<HistoryHead | undefined> {
  const { history: path } = directory.paths;
  const newest = await readIfPresent(files, path, historyLimit);
  const last = newest && lastLineOf(newest.content);
  return last === undefined
    ? await newestSegmentHead(files, directory)
    : await headAt(last.text, { path, line: last.number });
}

/**
 * The newest entry of the segments, for a `history.jsonl` that is missing or empty; `undefined` if there are
 * none.
 *
 * @throws BadHistoryError, FileSystemError
 */
export async function newestSegmentHead(
  files: FileSystem,
  directory: DataDirectory,
): Promise<HistoryHead | undefined> {
  const sequence = segmentsOf(files, directory).at(-1);
  if (sequence === undefined) return undefined;
  const path = segmentPath(directory.paths, sequence);
  const file = await readIfPresent(files, path, historyLimit);
  const last = file && lastLineOf(file.content);
  return last && await headAt(last.text, { path, line: last.number });
}

/** The sequence numbers of the segments, in order. */
function segmentsOf(files: FileSystem, { paths }: DataDirectory): readonly number[] {
  return (ifPresent(() => files.readDirectory(paths.segments)) ?? [])
    .map(sequenceOfSegment)
    .filter((sequence) => sequence !== undefined)
    .toSorted((a, b) => a - b);
}
