/** Where words of the list may stay, and why. */
import type { Source } from "./rules.ts";

/** Words that may stay in a file. */
export interface Exemption {
  readonly path: string;
  /** As the file has them, in lower case. Without them the whole file is exempt. */
  readonly words?: string;
  readonly reason: string;
}

/** Kept short: a text is changed rather than made an exemption. */
export const exemptions: readonly Exemption[] = [
  { path: "scripts/language/patterns.ts", reason: "it is the list of the words" },
  { path: "tests/scripts/language_test.ts", reason: "it breaks each rule once" },
];

/** Whether the words may stay in the file. */
export function isExempt(path: string, words: string): boolean {
  return exemptions.some((exemption) =>
    exemption.path === path && (exemption.words ?? words) === words
  );
}

/** Exemptions of files that do not have the words any more. @returns a line for each. */
export function unusedExemptions(sources: readonly Source[]): string[] {
  const textOf = (path: string): string =>
    sources.find((source) => source.path === path)?.text.toLowerCase() ?? "";
  return exemptions.filter(({ path, words = "" }) => {
    const text = textOf(path);
    return text === "" || !text.includes(words);
  }).map(({ path, words = "any word of the list" }) =>
    `scripts/language/exemptions.ts: ${path} no longer has "${words}". Remove the exemption.`
  );
}
