/** Compares what a command printed with what a page shows. */

/** What differs from run to run, and what it is replaced with. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?/g, "DATE"],
  // As OpenSSL writes it.
  [/\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT/g, "DATE"],
  [/\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7,80}\b/g, "HASH"],
  [/\b[0-9A-Fa-f]{16,128}\b/g, "HASH"],
  [/\b(process|pid|PID) \d{1,10}\b/g, "$1 N"],
  [/\b\d{1,9}(?:\.\d{1,9})? ?m?s\b/g, "N s"],
  [/\/tmp\/[\w.-]{1,200}/g, "/tmp/NAME"],
];

/** A line without what differs from run to run. */
export function normalized(line: string): string {
  return varying.reduce((text, [found, name]) => text.replaceAll(found, name), line.trimEnd());
}

/**
 * Whether an output is the one that is shown. A line `...` means any number of lines, and
 * `...` at the end of a line for the rest of that line.
 */
export function isAsShown(printed: string, shown: readonly string[]): boolean {
  const lines = withoutEmptyEnd(printed.split("\n").map(normalized));
  const parts = partsOf(withoutEmptyEnd(shown.map(normalized)));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    // The first part is at the beginning, the last at the end, the others where they are found first.
    const from = index > 0 && isLast ? Math.max(at, lines.length - part.length) : at;
    const to = index === 0 ? 0 : lines.length;
    const start = placeOf(part, lines, { from, to });
    if (start === undefined) return false;
    at = start + part.length;
    if (isLast && at !== lines.length) return false;
  }
  return true;
}

function withoutEmptyEnd(lines: readonly string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
}

/** The lines between those that are `...`. */
function partsOf(shown: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of shown) {
    if (line.trim() === "...") parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

function placeOf(
  part: readonly string[],
  lines: readonly string[],
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  for (let start = from; start <= to; start++) {
    if (part.every((line, index) => isLineAsShown(lines[start + index], line))) return start;
  }
  return undefined;
}

function isLineAsShown(printed: string | undefined, shown: string): boolean {
  if (printed === undefined) return false;
  return shown.endsWith("...")
    ? printed.startsWith(shown.slice(0, -"...".length))
    : printed === shown;
}
