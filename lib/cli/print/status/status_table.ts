/** The table of all configured pairs. */
import type { PairReport } from "../../../device/mod.ts";
import type { SeenPair } from "../../../device/status/mod.ts";
import { barWidth, lifeBar, lifeColour, timeLeft } from "./life_bar.ts";
import { conditions, unfinishedLines } from "./status_text.ts";
import { formatTime } from "../../../system/mod.ts";
import { nameInCommands } from "../../given_flags.ts";
import type { Colour, Paint } from "../../text.ts";

/** Text and its colour. Widths are computed before painting. */
interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** A pair in the table, and the lines below it about unfinished work. */
interface Row {
  readonly cells: readonly Cell[];
  readonly below: readonly string[];
}

/** The form of a table. Narrow terminals get a form with less. */
interface Form {
  /** The width of the bar in characters; 0 for none. */
  readonly bar: number;
  /** Whether the time of day is shown with the date. */
  readonly hasTime: boolean;
}

const forms: readonly Form[] = [
  { bar: barWidth, hasTime: true },
  { bar: barWidth / 2, hasTime: true },
  { bar: 0, hasTime: true },
  { bar: 0, hasTime: false },
];

/**
 * A table of pairs, with a bar for the lifetime of each certificate and lines about unfinished work.
 *
 * @param width the width to fit, unless the names of the pairs are too long.
 */
export function statusTable(
  all: readonly SeenPair[],
  paint: Paint,
  width: number,
): string[] {
  const tables = forms.map((form) => rowsOf(all, form));
  const rows = tables.find((rows) => tableWidth(rows) <= width) ?? tables.at(-1) ?? [];
  const widths = columnWidths(rows);
  const line = (cells: readonly Cell[]): string =>
    cells.map(({ text, colour }, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - text.length);
      return (colour === undefined ? text : paint(text, colour)) + padding;
    }).join("  ").trimEnd();
  return rows.flatMap(({ cells, below }) => [
    line(cells),
    ...below.map((text) => paint(`  ${text}`, "yellow")),
  ]);
}

function columnWidths(rows: readonly Row[]): number[] {
  return titles.map((_, column) =>
    Math.max(...rows.map(({ cells }) => cells[column]?.text.length ?? 0))
  );
}

function tableWidth(rows: readonly Row[]): number {
  return columnWidths(rows).reduce((sum, width) => sum + width + 2, -2);
}

const titles = ["PAIR", "STATE", "LIFETIME", "LEFT", "NOT AFTER"] as const;

function rowsOf(all: readonly SeenPair[], form: Form): Row[] {
  return [
    { cells: titles.map((text) => ({ text, colour: "bold" })), below: [] },
    ...all.map(({ name, status, facts, error }): Row => ({
      cells: [
        { text: name },
        ...(error !== undefined && facts === undefined
          ? [conditionOfError(error.cause)]
          : cellsOf((status ?? facts)?.active, form)),
      ],
      below: status === undefined ? [] : [
        ...unfinishedLines(status).map((line) => nameInCommands(line, name)),
        ...(status.recovery.outcome === "clean"
          ? []
          : ["A change was interrupted: recovery is needed."]),
      ],
    })),
  ];
}

function conditionOfError(error: unknown): Cell {
  const isUnmounted = error instanceof Error && "code" in error && error.code === "mount-required";
  return { text: isUnmounted ? "NOT MOUNTED" : "UNREADABLE", colour: "red" };
}

function cellsOf(active: PairReport | undefined, { bar, hasTime }: Form): Cell[] {
  if (active === undefined) return [{ text: "UNREADABLE", colour: "red" }];
  const { condition, certificate } = active;
  if (certificate === undefined) return [conditions[condition]];
  const gone = `${Math.floor(certificate.lifeGone * 100)}%`.padStart(4);
  const time = formatTime(certificate.notAfter);
  return [
    conditions[condition],
    {
      text: bar === 0 ? gone : `${lifeBar(certificate, bar)} ${gone}`,
      colour: lifeColour(certificate),
    },
    { text: timeLeft(certificate) },
    { text: hasTime ? time : time.slice(0, "2026-11-19".length) },
  ];
}
