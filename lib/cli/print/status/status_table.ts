/** Every configured pair in a line. */
import type { PairReport } from "../../../device/mod.ts";
import type { SeenPair } from "../../../device/status/mod.ts";
import { barWidth, lifeBar, lifeColour, timeLeft } from "./life_bar.ts";
import { conditions, missingLines, unfinishedLines } from "./status_text.ts";
import { formatTime } from "../../../system/mod.ts";
import type { Colour, Paint } from "../../text.ts";

/** A piece of text and its colour: widths are counted before it is painted. */
interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** A pair in the table, and below it what is not yet done. */
interface Row {
  readonly cells: readonly Cell[];
  readonly below: readonly string[];
}

/** What is left out of a table that would be too wide, from the widest form to the narrowest. */
interface Form {
  /** How many characters the bar has; 0: there is none. */
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
 * A table with a bar for the share of each life that is gone, and beneath each pair what is not yet done.
 *
 * @param width that the columns are to fit, if the names of the pairs let them.
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

const titles = ["PAIR", "STATE", "LIFE GONE", "LEFT", "NOT AFTER"] as const;

function rowsOf(all: readonly SeenPair[], form: Form): Row[] {
  return [
    { cells: titles.map((text) => ({ text, colour: "bold" })), below: [] },
    ...all.map(({ name, configuration, status, facts }): Row => ({
      cells: [{ text: name }, ...cellsOf((status ?? facts)?.active, form)],
      below: status === undefined ? [] : [
        ...unfinishedLines(status),
        ...missingLines(status, configuration),
        ...(status.recovery.outcome === "clean"
          ? []
          : ["A change was interrupted: recovery is due."]),
      ],
    })),
  ];
}

function cellsOf(active: PairReport | undefined, { bar, hasTime }: Form): Cell[] {
  if (active === undefined) return [{ text: "UNREADABLE", colour: "red" }];
  const { condition, certificate } = active;
  if (certificate === undefined) return [conditions[condition]];
  const gone = `${Math.floor(certificate.lifeGone * 100)} %`.padStart(5);
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
