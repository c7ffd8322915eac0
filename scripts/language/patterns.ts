/** Words that certswap does not use, each with what to write instead. */

/** Words that are not plain modern English, and the advice that is printed with them. */
export interface Pattern {
  /** Tried on text in which every run of blanks is one blank. */
  readonly words: RegExp;
  readonly advice: string;
}

/** The patterns. Each is bounded, so that searching takes linear time. */
export const patterns: readonly Pattern[] = [
  { words: /\bnobody\b/gi, advice: "name who or what: 'no server', 'no other user', 'no process'" },
  { words: /\bwhoever\b/gi, advice: "name them: 'the caller', 'any user', 'the process that'" },
  { words: /\bwhatever\b/gi, advice: "write 'any', 'regardless of' or 'everything that'" },
  { words: /\bsomebody else's\b/gi, advice: "write 'another user's' or 'another process's'" },
  { words: /\bwhat became of\b/gi, advice: "write 'the result of' or 'what happened to'" },
  { words: /\bbe it\b/gi, advice: "write 'whether' or 'for example'" },
  { words: /\bfor whom\b/gi, advice: "name it: 'the certificate's names'" },
  { words: /\bwhom it\b/gi, advice: "name it: 'the certificate's names'" },
  { words: /\bat once\b/gi, advice: "write 'immediately', or 'at the same time', 'in one call'" },
  { words: /\bin the place of\b/gi, advice: "write 'instead of'" },
  { words: /\bis no [a-z_]{1,60} that\b/gi, advice: "write 'is not a ... that'" },
  { words: /\blooks whether\b/gi, advice: "write 'checks whether'" },
  { words: /\bup to what\b/gi, advice: "say what is left out: 'except ...', 'as far as ...'" },
  { words: /\bof which (?:much|it)\b/gi, advice: "make two sentences" },
  { words: /\bstands (?:for|in|there|beside)\b/gi, advice: "write 'is', 'means' or 'is next to'" },
  { words: /\bwhat (?:is|was) owed\b/gi, advice: "write 'the pending hook or probe'" },
  { words: /\bcomes? of it\b/gi, advice: "write 'results' or 'follows'" },
  { words: /\bgoes by\b/gi, advice: "write 'uses', 'follows' or 'passes'" },
  { words: /\ball the while\b/gi, advice: "write 'meanwhile' or 'throughout'" },
  { words: /\bleads round\b/gi, advice: "write 'is part of a symbolic link loop'" },
  { words: /\bhas leapt\b/gi, advice: "write 'jumped'" },
  { words: /\btells? (?:of|about) (?:every|what)/gi, advice: "write 'reports' or 'describes'" },
];
