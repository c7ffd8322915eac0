/** Finds the lines of an index on which something is wrong. */
import type { IndexProblem } from "../../errors.ts";

/** Where in the parsed value something is wrong. */
export interface IndexFault {
  readonly problem: IndexProblem;
  /** Of the entry, from 0; `undefined` where the whole is wrong. */
  readonly entry?: number;
  readonly field?: string;
}

/** A line of an index, and what is wrong there. */
interface LocatedFault {
  /** From 1. */
  readonly line: number;
  readonly problem: IndexProblem;
  readonly field?: string;
}

/** RFC 8259 section 7. Written so that a long string takes no deep stack to match. */
const stringSource = String
  .raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"`;
// deno-lint-ignore certswap/linear-regex -- sticky, and each round of it begins with a backslash
const string = new RegExp(stringSource, "y");
// deno-lint-ignore certswap/linear-regex -- sticky, and what follows a number begins with . or e
const scalar = new RegExp(
  String.raw`${stringSource}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`,
  "y",
);

/** One entry's place in the text. */
interface EntryPlace {
  readonly line: number;
  readonly fields: { readonly name: string; readonly line: number }[];
}

/**
 * The lines on which the parts of a JSON array of objects stand. `JSON.parse` is fast and forgets
 * them; this reads the text again, slowly, once something is known to be wrong with it.
 */
export class JsonLines {
  readonly #text: string;
  #position = 0;
  readonly #entries: EntryPlace[] = [];
  /** Where it stops to be JSON. */
  #syntaxError: number | undefined;

  constructor(text: string) {
    this.#text = text;
    try {
      this.#readValue(0);
      this.#skipSpace();
      if (this.#position < text.length) this.#fail();
    } catch (error) {
      if (error !== stopped) throw error;
    }
  }

  /** The line of a fault that was found in the parsed value. */
  locate(fault: IndexFault): LocatedFault {
    const { problem, field } = fault;
    const place = this.#entries[fault.entry ?? -1];
    const line = problem === "not-json"
      ? this.#syntaxError
      : place?.fields.findLast(({ name }) => name === field)?.line ?? place?.line;
    return { line: line ?? 1, problem, ...(field === undefined ? {} : { field }) };
  }

  /** The first field that stands twice in its entry. */
  doubleField(): IndexFault | undefined {
    for (const [entry, { fields }] of this.#entries.entries()) {
      const names = new Set<string>();
      for (const { name } of fields) {
        if (names.has(name)) return { problem: "double-field", entry, field: name };
        names.add(name);
      }
    }
    return undefined;
  }

  /** @param depth of the value: the array has 0, its objects 1. */
  #readValue(depth: number): void {
    this.#skipSpace();
    // Nothing in an index is deeper than a field; the limit keeps the stack from being used up.
    if (depth > 64) this.#fail();
    if (this.#take(/\{/y)) this.#readMembers(depth);
    else if (this.#take(/\[/y)) this.#readElements(depth);
    else this.#need(scalar);
  }

  #readElements(depth: number): void {
    if (this.#take(/[ \t\r\n]*\]/y) !== undefined) return;
    do {
      this.#skipSpace();
      if (depth === 0) this.#entries.push({ line: this.#line(), fields: [] });
      this.#readValue(depth + 1);
    } while (this.#take(/[ \t\r\n]*,/y) !== undefined);
    this.#need(/[ \t\r\n]*\]/y);
  }

  #readMembers(depth: number): void {
    if (this.#take(/[ \t\r\n]*\}/y)) return;
    do {
      this.#skipSpace();
      const line = this.#line();
      const name = this.#need(string);
      if (depth === 1) this.#entries.at(-1)?.fields.push({ name: JSON.parse(name), line });
      this.#need(/[ \t\r\n]*:/y);
      this.#readValue(depth + 1);
    } while (this.#take(/[ \t\r\n]*,/y));
    this.#need(/[ \t\r\n]*\}/y);
  }

  #skipSpace(): void {
    this.#take(/[ \t\r\n]*/y);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    this.#position += found?.length ?? 0;
    return found;
  }

  #need(pattern: RegExp): string {
    return this.#take(pattern) ?? this.#fail();
  }

  #fail(): never {
    this.#skipSpace();
    this.#syntaxError = this.#line();
    throw stopped;
  }

  // Lines are counted on from the last one asked for, or a long index would take quadratic time.
  #countedTo = 0;
  #counted = 1;

  #line(): number {
    for (; this.#countedTo < this.#position; this.#countedTo++) {
      if (this.#text.charCodeAt(this.#countedTo) === 0x0a) this.#counted++;
    }
    return this.#counted;
  }
}

const stopped = Symbol("no JSON from here on");
