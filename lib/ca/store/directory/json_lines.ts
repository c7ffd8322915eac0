/** Finds the line numbers of problems in an index file. */
import type { IndexProblem } from "../../errors.ts";

/** A problem in the parsed value. */
export interface IndexFault {
  readonly problem: IndexProblem;
  /** Index of the entry, from 0; `undefined` if the problem is not in an entry. */
  readonly entry?: number;
  readonly field?: string;
}

/** A problem with its line number. */
interface LocatedFault {
  /** From 1. */
  readonly line: number;
  readonly problem: IndexProblem;
  readonly field?: string;
}

/** RFC 8259 section 7. Written so that long strings do not need a deep stack. */
const stringSource = String
  .raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"`;
// deno-lint-ignore certswap/linear-regex -- sticky, and every repetition starts with a backslash
const string = new RegExp(stringSource, "y");
// deno-lint-ignore certswap/linear-regex -- sticky, and what follows a number starts with . or e
const scalar = new RegExp(
  String.raw`${stringSource}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`,
  "y",
);

/** The position of an entry in the text. */
interface EntryPlace {
  readonly line: number;
  readonly fields: { readonly name: string; readonly line: number }[];
}

/**
 * Finds the line numbers of the parts of a JSON array of objects. `JSON.parse` is fast but does not report
 * them. This parses the text again, slowly, after a problem was found.
 */
export class JsonLines {
  readonly #text: string;
  #position = 0;
  readonly #entries: EntryPlace[] = [];
  /** Where the syntax error is, if any. */
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

  /** The line of a problem in the parsed value. */
  locate(fault: IndexFault): LocatedFault {
    const { problem, field } = fault;
    const place = this.#entries[fault.entry ?? -1];
    const line = problem === "not-json"
      ? this.#syntaxError
      : place?.fields.findLast(({ name }) => name === field)?.line ?? place?.line;
    return { line: line ?? 1, problem, ...(field === undefined ? {} : { field }) };
  }

  /** The first field that appears twice in its entry. */
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

  /** @param depth of the value: 0 for the array, 1 for its objects. */
  #readValue(depth: number): void {
    this.#skipSpace();
    // An index has no deeper values than its fields. The limit protects the stack.
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

  // Continues from the last counted line; otherwise a long index would take quadratic time.
  #countedTo = 0;
  #counted = 1;

  #line(): number {
    for (; this.#countedTo < this.#position; this.#countedTo++) {
      if (this.#text.charCodeAt(this.#countedTo) === 0x0a) this.#counted++;
    }
    return this.#counted;
  }
}

const stopped = Symbol("invalid JSON from here on");
