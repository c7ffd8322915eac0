/** How the commands of the mini CA lay out their results. Scripts rely on every space of it. */
import type { KeyType } from "../x509/signing_key.ts";
import { visible } from "./text.ts";

/** Labelled values, aligned with one space behind the longest label. Values are escaped. */
export function rows(values: readonly (readonly [label: string, value: string])[]): string[] {
  const width = Math.max(...values.map(([label]) => label.length)) + 1;
  return values.map(([label, value]) => `  ${`${label}:`.padEnd(width)} ${visible(value)}`);
}

/** Columns, two spaces apart; the last one is as long as it is. Values are escaped. */
export function table(
  columns: readonly { readonly title: string; readonly width?: number }[],
  lines: readonly (readonly string[])[],
): string[] {
  const cells = lines.map((line) => line.map(visible));
  const widths = columns.map(({ title, width = 0 }, column) =>
    Math.max(title.length, width, ...lengthsOf(cells, column))
  );
  const toLine = (line: readonly string[]): string =>
    line.map((cell, column) =>
      column === line.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)
    ).join("");
  return [toLine(columns.map(({ title }) => title)), ...cells.map(toLine)];
}

/** The one longest length: a hundred thousand arguments are too many for Math.max. */
function lengthsOf(cells: readonly (readonly string[])[], column: number): [number] {
  let longest = 0;
  for (const line of cells) longest = Math.max(longest, line[column]?.length ?? 0);
  return [longest];
}

/** A kind of key, by its name for people. */
export const keyTypeNames: Readonly<Record<KeyType, string>> = {
  "ecdsa-p256": "ECDSA P-256",
  "rsa-2048": "RSA 2048",
};
