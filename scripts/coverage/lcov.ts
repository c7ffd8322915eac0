/** The line coverage of one file. */
export interface FileCoverage {
  /** Relative to the root of the project. */
  readonly path: string;
  /** Lines with code. */
  readonly lines: number;
  readonly covered: number;
  /** The numbers of the lines that were not run. */
  readonly missed: readonly number[];
}

/**
 * Reads what `deno coverage --lcov` writes, as far as it concerns lines: `SF:` begins a file, `DA:` is a
 * line's number and how often it ran (geninfo(1)).
 */
export function readLcov(text: string, root: string): readonly FileCoverage[] {
  return text.split("end_of_record").flatMap((record) => {
    const path = /^SF:(.+)$/m.exec(record)?.[1];
    if (path === undefined) return [];
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)$/gm)]
      .map(([, line, count]) => ({ line: Number(line), ran: count !== "0" }));
    const missed = lines.filter(({ ran }) => !ran).map(({ line }) => line);
    return {
      path: path.startsWith(root) ? path.slice(root.length) : path,
      lines: lines.length,
      covered: lines.length - missed.length,
      missed,
    };
  });
}

/** Numbers as a person lists them: `3, 7-9, 12`. */
export function toRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(", ");
}
