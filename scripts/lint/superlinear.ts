/** Finds regular expressions that may take more than linear time, from their syntax alone. */

/** The ASCII characters that something matches. All characters beyond ASCII are treated as one. */
type Characters = ReadonlySet<string>;

/** A piece of a pattern: a character, a class, a group or an assertion, with its quantifier. */
interface Atom {
  readonly source: string;
  /** Every character that it can match, at any position. */
  readonly characters: Characters;
  /** The characters that a match can begin with. */
  readonly first: Characters;
  /** Whether it, or a part of it, is repeated without a limit. */
  readonly isLong: boolean;
  /** Whether it can match the empty string. */
  readonly isOptional: boolean;
}

/** One side of `a|b`. */
type Alternative = readonly Atom[];

/**
 * Finds the first problem of a pattern; `undefined` if it certainly takes linear time.
 *
 * A backtracking engine, such as V8's, takes more if a text can be divided in several ways: between nested
 * repetitions, between repeated alternatives, or between two adjacent repetitions that match the same
 * characters. It also takes more if a search can begin at every position and then continue to the end, as
 * `[ \t]+$` does in a line of blanks.
 */
export function superlinear(pattern: string, flags: string): string | undefined {
  const reader = new Reader(pattern);
  const alternatives = reader.alternatives();
  const searched = flags.includes("y") ? [] : alternatives.filter(([head]) => head?.source !== "^");
  return reader.problems[0] ?? searched.map(runsOn).find((problem) => problem !== undefined);
}

/**
 * For a search from every position: a repetition that something must follow, and that can begin at any
 * position within its own match.
 */
function runsOn(atoms: Alternative): string | undefined {
  const index = atoms.findIndex(({ isLong }) => isLong);
  const long = atoms[index];
  const [head] = atoms;
  if (long === undefined || head === undefined || index === atoms.length - 1) return undefined;
  const isDelimited = index > 0 && !head.isOptional && !overlap(head.first, long.characters);
  return isDelimited ? undefined : `not anchored, ${long.source} runs on before more has to match`;
}

/** Two repetitions with nothing between them that separates them. */
function sideBySide(atoms: Alternative): string | undefined {
  for (const [index, atom] of atoms.entries()) {
    if (!atom.isLong) continue;
    for (const next of atoms.slice(index + 1)) {
      if (next.isLong && overlap(atom.characters, next.first)) {
        return `${atom.source} and ${next.source} match the same characters`;
      }
      if (!next.isOptional && !overlap(atom.characters, next.first)) break;
    }
  }
  return undefined;
}

/** A group that is repeated, and can match the same text in several ways. */
function ambiguous(alternatives: readonly Alternative[]): string | undefined {
  const seen = new Set<string>();
  for (const [head, ...others] of alternatives) {
    if (head === undefined || head.isOptional || head.isLong) {
      if (alternatives.some((atoms) => atoms.some(({ isLong }) => isLong))) {
        return "a repetition within a repetition";
      }
      continue;
    }
    // The inner repetition must not match what the next round begins with.
    const begins = alternatives.flatMap(([first]) => [...first?.first ?? []]);
    const isLeaky = others.some(({ isLong, characters }) =>
      isLong && overlap(new Set(begins), characters)
    );
    if (isLeaky) return "a repetition within a repetition";
    for (const character of head.first) {
      if (seen.has(character)) return "alternatives that begin alike, repeated";
    }
    for (const character of head.first) seen.add(character);
  }
  return undefined;
}

/** Reads the parts of a pattern (ECMA-262 22.2.1) that matter here. */
class Reader {
  readonly problems: string[] = [];
  readonly #pattern: string;
  #position = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  alternatives(): Alternative[] {
    const found = [this.#alternative()];
    while (this.#skip(/^\|/) !== "") found.push(this.#alternative());
    return found;
  }

  #alternative(): Alternative {
    const atoms: Atom[] = [];
    while (/^[^|)]/.test(this.#rest())) atoms.push(this.#atom());
    this.#report(sideBySide(atoms), atoms);
    return atoms;
  }

  #atom(): Atom {
    const start = this.#position;
    const opening = this.#skip(/^\((?:\?(?:<?[=!]|:|<[A-Za-z]\w*>))?/);
    const inner = opening === "" ? [this.#single()] : this.alternatives();
    this.#skip(opening === "" ? /^(?!)/ : /^\)/);
    const body = this.#pattern.slice(start, this.#position);
    const quantifier = this.#skip(/^(?:[*+?]|\{\d+(?:,\d*)?\})\??/);
    const isUnbounded = /^(?:[*+]|\{\d+,\})/.test(quantifier);
    const atoms = inner.flat();
    if (isUnbounded && opening !== "") this.#report(ambiguous(inner), [{ source: body }]);
    return {
      source: body + quantifier,
      characters: new Set(atoms.flatMap(({ characters }) => [...characters])),
      first: new Set(inner.flatMap(firstOf)),
      isLong: isUnbounded || atoms.some(({ isLong }) => isLong),
      isOptional: /^(?:[*?]|\{0)/.test(quantifier) || /^\(\?<?[=!]/.test(opening) ||
        inner.some((alternative) => alternative.every(({ isOptional }) => isOptional)),
    };
  }

  /** A character, a class of them, or an assertion. */
  #single(): Alternative {
    const source = this.#skip(
      /^(?:\[(?:\\[^]|[^\]\\])*\]|\\[pPku](?:\{[^}]*\}|<[^>]*>)|\\x\w\w|\\u\w{4}|\\[^]|[^])/,
    );
    const isAssertion = /^(?:[\^$]|\\[bB])$/.test(source);
    const characters: Characters = isAssertion ? new Set() : charactersOf(source);
    return [{ source, characters, first: characters, isLong: false, isOptional: isAssertion }];
  }

  #report(problem: string | undefined, at: readonly Pick<Atom, "source">[]): void {
    if (problem !== undefined) {
      this.problems.push(`${problem}: ${at.map(({ source }) => source).join("")}`);
    }
  }

  #rest(): string {
    return this.#pattern.slice(this.#position);
  }

  #skip(form: RegExp): string {
    const found = form.exec(this.#rest())?.[0] ?? "";
    this.#position += found.length;
    return found;
  }
}

function firstOf(atoms: Alternative): string[] {
  const end = atoms.findIndex(({ isOptional }) => !isOptional);
  return atoms.slice(0, end < 0 ? atoms.length : end + 1).flatMap(({ first }) => [...first]);
}

function overlap(a: Characters, b: Characters): boolean {
  return !a.isDisjointFrom(b);
}

const ascii: readonly string[] = Array.from(
  { length: 128 },
  (_, code) => String.fromCharCode(code),
);

/**
 * A class of only characters beyond ASCII overlaps with every other such class: U+007F represents all of
 * them.
 */
function charactersOf(source: string): Characters {
  const one = new RegExp(`^(?:${source})$`, /^\\[pP]|^\[.*\\[pP]/.test(source) ? "su" : "s");
  const found = ascii.filter((character) => one.test(character));
  return new Set(found.length === 0 ? ["\x7f"] : found);
}
