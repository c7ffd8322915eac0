/** Text on a terminal: what may not reach it, how it is painted, how it is laid out. */
import type { OutputStream } from "../system/mod.ts";
import type { World } from "./world.ts";

/** Control characters (C0, DEL, C1), line separators, and the marks that turn the direction of writing. */
// deno-lint-ignore no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * `text` with every character escaped that could change what a terminal shows: text from
 * certificates, requests and file names is untrusted.
 */
export function visible(text: string): string {
  return text.toWellFormed().replace(unsafe, (character) => {
    const digits = character.charCodeAt(0).toString(16);
    return digits.length <= 2 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
}

/**
 * JSON text that is safe on a terminal, and reads back as the same value: `JSON.stringify` escapes C0,
 * and leaves DEL, C1 and the marks that turn the direction of writing as they are.
 */
export function visibleJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Puts SGR colours (ECMA-48 8.3.117) around text, or leaves it alone. */
export type Paint = (text: string, colour: Colour) => string;

/** The colours that certswap uses. */
export type Colour = keyof typeof sgr;

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Paints only where a person is watching and has not set NO_COLOR (https://no-color.org). */
export function paintFor(world: Pick<World, "environment">, stream: OutputStream): Paint {
  const plain = !stream.isTerminal || (world.environment("NO_COLOR") ?? "") !== "";
  return plain ? (text) => text : (text, colour) => `\x1b[${sgr[colour]}m${text}\x1b[0m`;
}

/** The columns of help, and of everything else that is wrapped. */
export const lineWidth = 80;

/** A name as it is typed: the flag `newCert` is `new-cert`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.join(", ").replace(/, (?=[^,]*$)/, " or ");
}

/** `text` broken at spaces into lines of at most `width` characters. A longer word keeps its own line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Labelled values, one a line, indented by two and aligned: `  Subject:  CN=device`. Values are escaped. */
export function fields(rows: readonly (readonly [label: string, value: string])[]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length)) + 1;
  return rows.map(([label, value]) => `  ${`${label}:`.padEnd(width)}  ${visible(value)}`);
}

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
