/** Finds words in prose that are not plain modern English. */
import { isExempt } from "./exemptions.ts";
import { patterns } from "./patterns.ts";
import { type Prose, proseOf } from "./prose.ts";

/** A file: its path from the repository's root, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Checks the prose of a file. @returns one line for each problem: place, words, and what to write. */
export function problemsOf({ path, text }: Source): string[] {
  const lineOf = lineFinder(text);
  return proseOf(path, text)
    .flatMap((prose) => found(prose))
    .filter(({ words }) => !isExempt(path, words.toLowerCase()))
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, words, advice }) => `${path}:${lineOf(offset)}: "${words}": ${advice}`);
}

/** Words of the list, where they begin in the file, and what to write instead. */
interface Found {
  readonly offset: number;
  readonly words: string;
  readonly advice: string;
}

function found({ text, offsets }: Prose): Found[] {
  return patterns.flatMap(({ words, advice }) =>
    Array.from(
      text.matchAll(words),
      (match) => ({ offset: offsets[match.index] ?? 0, words: match[0], advice }),
    )
  );
}

/** @returns a function that gives the number of the line, from 1, that an offset is in. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return high;
  };
}
