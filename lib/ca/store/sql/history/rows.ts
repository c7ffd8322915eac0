/** The history of a CA in a database: a row for each line, and what lines are found by. */
import type { SqlDatabase, SqlRow, SqlValue } from "../../../../system/mod.ts";
import { BadHistoryError, BadRowError } from "../../../errors.ts";
import {
  type EventKind,
  headAt,
  type HistoryHead,
  type HistoryLine,
  type HistoryReading,
  parseEvent,
} from "../../history/mod.ts";
import { marksFor } from "../select.ts";

/** How many lines one page has. */
const pageSize = 1000;

/** Inserts lines. @param first the sequence number of the first one. */
export async function insertLines(
  database: SqlDatabase,
  lines: readonly string[],
  first: number,
): Promise<void> {
  await database.runEach(
    "INSERT INTO history (sequence, time, kind, serial, other_serial, line) " +
      "VALUES (?, ?, ?, ?, ?, ?)",
    lines.map((line, index) => toColumns(line, first + index)),
  );
}

function toColumns(line: string, sequence: number): readonly SqlValue[] {
  const event = parseEvent(line);
  if (event === undefined) throw new TypeError("an entry of the history cannot be read back");
  const { time, kind, serial, supersededBy } = event;
  return [sequence, time, kind, serial ?? null, supersededBy ?? null, line];
}

/** The newest entry; `undefined` if there is none. @throws BadHistoryError */
export async function readHead(database: SqlDatabase): Promise<HistoryHead | undefined> {
  const [row] = await database.query(
    "SELECT sequence, line FROM history ORDER BY sequence DESC LIMIT 1",
  );
  if (row === undefined) return undefined;
  const { sequence, text } = textIn(database.name, row);
  const head = await headAt(text, { path: database.name, line: sequence });
  if (head.sequence !== sequence) throw new BadHistoryError(database.name, sequence);
  return head;
}

/** The lines of the history, a page at a time, see `StoreReader.history`. */
export async function* readLines(
  database: SqlDatabase,
  { newestFirst = false, serial, kind, since }: HistoryReading,
): AsyncGenerator<readonly HistoryLine[]> {
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  if (serial !== undefined) {
    // Two look-ups by index. An OR in one condition would read every line.
    conditions.push(
      "sequence IN (SELECT sequence FROM history WHERE serial = ? " +
        "UNION SELECT sequence FROM history WHERE other_serial = ?)",
    );
    parameters.push(serial, serial);
  }
  if (kind !== undefined) conditions.push("kind = ?"), parameters.push(kind);
  if (since !== undefined) conditions.push("time >= ?"), parameters.push(since);
  yield* linesWhere(database, { conditions, parameters, newestFirst });
}

/** The entries of some kinds, the newest first, a page at a time. */
export async function* readNewest(
  database: SqlDatabase,
  kinds: readonly EventKind[],
): AsyncGenerator<readonly HistoryLine[]> {
  const conditions = [`kind IN (${marksFor(kinds)})`];
  yield* linesWhere(database, { conditions, parameters: kinds, newestFirst: true });
}

async function* linesWhere(
  database: SqlDatabase,
  { conditions, parameters, newestFirst }: {
    readonly conditions: readonly string[];
    readonly parameters: readonly SqlValue[];
    readonly newestFirst: boolean;
  },
): AsyncGenerator<readonly HistoryLine[]> {
  const [compared, order, start] = newestFirst
    ? ["<", "DESC", Number.MAX_SAFE_INTEGER]
    : [">", "ASC", -1];
  const where = [`sequence ${compared} ?`, ...conditions].join(" AND ");
  const isWhole = conditions.length === 0;
  const statement = `SELECT ${columns} FROM history WHERE ${where} ` +
    `ORDER BY sequence ${order} LIMIT ${pageSize}`;
  for (let last = Number(start);;) {
    const rows = await database.query(statement, [last, ...parameters]);
    const page = rows.map((row) => toLine(database.name, row, isWhole));
    if (page.length > 0) yield page;
    const end = rows.at(-1)?.["sequence"];
    if (typeof end !== "number" || page.length < pageSize) return;
    last = end;
  }
}

/**
 * The entries about certificates, the oldest first, a page at a time.
 *
 * @param serials not more than a page of them.
 */
export async function* linesAbout(
  database: SqlDatabase,
  serials: readonly string[],
): AsyncGenerator<readonly HistoryLine[]> {
  if (serials.length === 0) return;
  const statement = `SELECT ${columns} FROM history WHERE sequence > ? ` +
    `AND serial IN (${marksFor(serials)}) ORDER BY sequence LIMIT ${pageSize}`;
  for (let last = -1;;) {
    const rows = await database.query(statement, [last, ...serials]);
    yield rows.map((row) => toLine(database.name, row, false));
    const end = rows.at(-1)?.["sequence"];
    if (typeof end !== "number" || rows.length < pageSize) return;
    last = end;
  }
}

const columns = "sequence, time, kind, serial, other_serial, line";

/** A line. @param isCompared what it is found by must be in the line. Otherwise it is not an entry. */
function toLine(database: string, row: SqlRow, isCompared: boolean): HistoryLine {
  const { sequence, text } = textIn(database, row);
  const event = parseEvent(text);
  const { time = null, kind = null, serial = null, supersededBy = null } = event ?? {};
  const isFound = row["time"] === time && row["kind"] === kind && row["serial"] === serial &&
    row["other_serial"] === supersededBy;
  return {
    text,
    event: isCompared && !isFound ? undefined : event,
    place: `history, entry ${sequence}`,
  };
}

function textIn(
  database: string,
  { sequence, line }: SqlRow,
): { readonly sequence: number; readonly text: string } {
  if (typeof sequence !== "number" || typeof line !== "string") {
    throw new BadRowError(database, `history, entry ${sequence}`, "line");
  }
  return { sequence, text: line };
}
