/** Finds the known word that a misspelt one may mean. */

/**
 * The nearest word, if at most a third of it differs. Ignores case, and the difference between `_` and `-`.
 */
export function nearest(written: string, words: readonly string[]): string | undefined {
  const meant = plain(written);
  const allowed = (length: number): number => Math.max(1, Math.floor(length / 3));
  const [best] = words.map((word) => ({ word, letters: plain(word) }))
    // Lengths first: comparing letters takes time by the product of both.
    .filter(({ letters: { length } }) => Math.abs(length - meant.length) <= allowed(length))
    .map(({ word, letters }) => ({ word, letters, distance: editDistance(meant, letters) }))
    .filter(({ letters, distance }) => distance <= allowed(letters.length))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.word;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, "");
}

/** The number of letters to add, drop, change or swap with their neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(before, j - 2) + 1 : Infinity,
      ));
    }
    [before, last] = [last, row];
  }
  return at(last, to.length);
}
