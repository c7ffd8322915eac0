/** Every configured pair in a line. */
import type { PairReport } from "../../device/mod.ts";
import type { SeenPair } from "../../device/status/mod.ts";
import { lifeBar, lifeColour } from "./life_bar.ts";
import { conditions, unfinishedLines } from "./status_text.ts";
import { formatTime } from "../../system/mod.ts";
import type { Colour, Paint } from "../text.ts";

/** A piece of text and its colour: widths are counted before it is painted. */
interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

const head: readonly Cell[] = ["PAIR", "STATE", "LIFE GONE", "DAYS", "NOT AFTER"]
  .map((text) => ({ text, colour: "bold" }));

/** A table with a bar for the share of each life that is gone, and beneath each pair what is not yet done. */
export function statusTable(all: readonly SeenPair[], paint: Paint): string[] {
  const rows = all.map(({ name, status, facts }) => ({
    cells: [{ text: name }, ...cellsOf((status ?? facts)?.active)],
    below: status === undefined ? [] : [
      ...unfinishedLines(status.state),
      ...(status.recovery.outcome === "clean" ? [] : ["A change was cut short: recovery is due."]),
    ],
  }));
  const table = [head, ...rows.map(({ cells }) => cells)];
  const widths = head.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.text.length ?? 0))
  );
  const line = (cells: readonly Cell[]): string =>
    cells.map(({ text, colour }, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - text.length);
      return (colour === undefined ? text : paint(text, colour)) + padding;
    }).join("  ").trimEnd();
  return [
    line(head),
    ...rows.flatMap(({ cells, below }) => [
      line(cells),
      ...below.map((text) => paint(`  ${text}`, "yellow")),
    ]),
  ];
}

function cellsOf(active: PairReport | undefined): Cell[] {
  if (active === undefined) return [{ text: "UNREADABLE", colour: "red" }];
  const { condition, certificate } = active;
  if (certificate === undefined) return [conditions[condition]];
  const gone = `${Math.floor(certificate.lifeGone * 100)} %`;
  return [
    conditions[condition],
    {
      text: `${lifeBar(certificate)} ${gone.padStart(5)}`,
      colour: lifeColour(certificate),
    },
    { text: String(Math.max(0, certificate.daysLeft)).padStart(4) },
    { text: formatTime(certificate.notAfter) },
  ];
}
