/** Text on a terminal: escaping, colours, layout. */
import { day, formatTime, hour, minute, type OutputStream, second } from "../system/mod.ts";
import type { World } from "./world.ts";

/** Control characters (C0, DEL, C1), line separators, and marks that change the direction of writing. */
// deno-lint-ignore no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Escapes every character that could change the display of a terminal. Text from certificates, requests and
 * file names is untrusted.
 */
export function visible(text: string): string {
  return text.toWellFormed().replace(unsafe, (character) => {
    const digits = character.charCodeAt(0).toString(16);
    return digits.length <= 2 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
  });
}

/**
 * Makes JSON text safe to print on a terminal, without changing its value. `JSON.stringify` escapes C0, but
 * not DEL, C1 and the marks that change the direction of writing.
 */
export function visibleJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The permission bits of a file in octal, as chmod(1) takes them: `0600`. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Puts SGR colours (ECMA-48 8.3.117) around text, or leaves it alone. */
export type Paint = (text: string, colour: Colour) => string;

/** The colours that certswap uses. */
export type Colour = keyof typeof sgr;

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Uses colours only on a terminal, and only without NO_COLOR (https://no-color.org). */
export function paintFor(world: Pick<World, "environment">, stream: OutputStream): Paint {
  const plain = !stream.isTerminal || (world.environment("NO_COLOR") ?? "") !== "";
  return plain ? (text) => text : (text, colour) => `\x1b[${sgr[colour]}m${text}\x1b[0m`;
}

/** The width of wrapped text, unless the terminal is narrower. */
export const lineWidth = 80;

/** The smallest width to which text is wrapped. */
const leastWidth = 40;

/** The width of wrapped text on a stream. */
export function widthOf({ columns = lineWidth }: OutputStream): number {
  return Math.max(leastWidth, Math.min(lineWidth, columns));
}

/** A name as it is typed: the flag `newCert` is `new-cert`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  return words.join(", ").replace(/, (?=[^,]*$)/, " or ");
}

/** The lines of a text that ends with a line break. */
export function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** `1 day`, `2 days`: a count with its noun, in the singular for one. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `text` with its first letter in upper case. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What failed, by the code of the failure: `renewal`, `hook` or `probe`. */
export function failedStep(code: string, { isRenewal }: { readonly isRenewal: boolean }): string {
  if (isRenewal) return "renewal";
  if (code === "hook-failed") return "hook";
  return code.startsWith("probe-") ? "probe" : "hook or probe";
}

/** How often something failed: `1 failure`, `3 failures in a row`. @param count left out: once. */
export function failuresInRow(count = 1): string {
  return count <= 1 ? counted(1, "failure") : `${counted(count, "failure")} in a row`;
}

/** `61 days`, `30 hours`, `90 minutes`, `42 seconds`: rounded down, in a unit of which there are two. */
export function lengthText(milliseconds: number): string {
  const units = [["day", day], ["hour", hour], ["minute", minute], ["second", second]] as const;
  const [name, size] =
    units.find(([, size]) => milliseconds >= 2 * size || milliseconds === size) ??
      ["second", second];
  return counted(Math.floor(milliseconds / size), name);
}

/** `2027-02-09T00:00:00Z, in 61 days`; of a time that is past, that time alone. */
export function timeAhead(time: Date, now: Date): string {
  const left = time.getTime() - now.getTime();
  return left > 0 ? `${formatTime(time)}, in ${lengthText(left)}` : formatTime(time);
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

/**
 * Lines folded at spaces for a terminal. The rest of a labelled value is indented like its start.
 *
 * @param lines escaped, and painted if they are to be.
 */
export function fold(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => visibleLength(line) > width ? foldLine(line, width) : [line]);
}

function foldLine(line: string, width: number): string[] {
  const [label = ""] = /^ {0,8}(?:[A-Z][A-Za-z ]{0,20}: {2,20})?/.exec(line) ?? [];
  const isLabelled = label.includes(":");
  const indent = " ".repeat(isLabelled ? label.length : label.length + 2);
  const words = line.slice(label.length).split(" ").flatMap((word) =>
    broken(word, width - indent.length)
  );
  const lines: string[] = [];
  let last = label;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && visibleLength(last) + 1 + visibleLength(word) > width) {
      lines.push(last);
      last = indent;
      isEmpty = true;
    }
    last += (isEmpty ? "" : " ") + word;
    isEmpty = false;
  }
  return [...lines, last];
}

/**
 * A fingerprint after its colons, another long number in equal parts, a list after its commas. A path is left
 * whole: it is there to be copied.
 */
function broken(word: string, room: number): string[] {
  const length = visibleLength(word);
  if (length <= room || word.includes("/") || word.includes("\x1b")) return [word];
  const parts = word.split(/(?<=,)/);
  if (parts.length > 1) return parts;
  if (/(?:[0-9A-F]{2}:){8}/.test(word)) return brokenAtColons(word, room);
  const size = Math.ceil(length / Math.ceil(length / room));
  return Array.from(
    { length: Math.ceil(length / size) },
    (_, index) => word.slice(index * size, (index + 1) * size),
  );
}

/** The parts of a fingerprint: of about the same length, none longer than `room` if that is possible. */
function brokenAtColons(word: string, room: number): string[] {
  const size = Math.ceil(word.length / Math.ceil(word.length / room));
  const parts = [""];
  for (const piece of word.split(/(?<=:)/)) {
    const last = parts.at(-1) ?? "";
    if (last.length >= size || last.length + piece.length > room) parts.push(piece);
    else parts[parts.length - 1] = last + piece;
  }
  return parts;
}

/**
 * A SHA-256 fingerprint as every text prints it, and as flags and settings accept it. The digits look like
 * those of `openssl x509 -fingerprint -sha256`, so that a person can compare them.
 *
 * @param digits 64 hexadecimal digits.
 */
export function fingerprintText(digits: string): string {
  return `SHA256:${digits.toUpperCase().replaceAll(/..(?!$)/g, "$&:")}`;
}

/** Prints the fingerprint of a CA's certificate, on the CA's machine. */
export const fingerprintCommand = "openssl x509 -in ca.crt -noout -fingerprint -sha256";

/** What a word that should be a fingerprint is not. */
export const fingerprintForm =
  "a SHA-256 fingerprint: expected 64 hexadecimal digits, with or without colons and 'SHA256:' in front";

/** Without the colours. */
function visibleLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[\d{1,3}m/g, "").length;
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

/** The first words of a list, and how many more there are. @param count how many there are in all. */
export function someOf(words: readonly string[], count = words.length): string {
  const shown = words.slice(0, 10);
  const more = count - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
