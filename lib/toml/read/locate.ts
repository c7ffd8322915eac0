/** Finds the line of every key in a TOML text: the parser does not report it, but errors must name it. */
import { parse } from "smol-toml";

/** The path of a value: keys, and indices of arrays. */
export type KeyPath = readonly (string | number)[];

/**
 * The line, from 1, of the key (or array element); if there is no such key, the line of the nearest key above
 * it.
 */
export type LineOf = (path: KeyPath) => number;

/**
 * Finds the line of each key in a TOML text.
 *
 * @param text valid TOML: errors are not noticed here.
 */
export function locateKeys(text: string): LineOf {
  const lines = new Map<string, number>();
  new Scanner(text, (path, line) => {
    const key = JSON.stringify(path);
    if (!lines.has(key)) lines.set(key, line);
  }).document();
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

/** Walks through a document (TOML 1.0.0), and reports the position of each key. */
class Scanner {
  readonly #text: string;
  readonly #found: (path: KeyPath, line: number) => void;
  /** How many elements each array of tables has so far, by its path as JSON. */
  readonly #lengths = new Map<string, number>();
  #position = 0;
  #line = 1;

  constructor(text: string, found: (path: KeyPath, line: number) => void) {
    this.#text = text;
    this.#found = found;
  }

  document(): void {
    let table: KeyPath = [];
    while (this.#skipBlanks()) {
      const bracket = this.#take(/\[\[?/y);
      if (bracket === undefined) {
        this.#keyAndValue(table);
        continue;
      }
      const line = this.#line;
      table = this.#element(this.#key([]), bracket === "[[");
      this.#found(table, line);
      this.#take(/[ \t]*\]\]?/y);
    }
  }

  /**
   * The path of a table, with the numbers of the arrays of tables that it is in: the last element of each.
   *
   * @param isNew whether it is a new element of such an array.
   */
  #element(written: KeyPath, isNew: boolean): KeyPath {
    let path: KeyPath = [];
    for (const [index, key] of written.entries()) {
      path = [...path, key];
      const name = JSON.stringify(path);
      const length = this.#lengths.get(name);
      const begins = isNew && index === written.length - 1;
      if (begins) this.#lengths.set(name, (length ?? 0) + 1);
      if (begins || length !== undefined) {
        path = [...path, begins ? length ?? 0 : (length ?? 1) - 1];
      }
    }
    return path;
  }

  #keyAndValue(table: KeyPath): void {
    const path = this.#key(table);
    this.#take(/[ \t]*=[ \t]*/y);
    this.#value(path);
  }

  /** Reads `a.b."c d"`, and reports each table on the way. */
  #key(table: KeyPath): KeyPath {
    let path = table;
    do {
      this.#take(/[ \t]*/y);
      const line = this.#line;
      const written = this.#take(/[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'/y);
      if (written === undefined) return this.#giveUp(path);
      if (path.length < deepest) {
        path = [...path, ...Object.keys(parse(`${written} = 0`))];
        this.#found(path, line);
      }
      this.#take(/[ \t]*/y);
    } while (this.#take(/\./y) !== undefined);
    return path;
  }

  #value(path: KeyPath): void {
    if (this.#take(/\[/y) !== undefined) return this.#array(path);
    if (this.#take(/\{/y) !== undefined) return this.#inlineTable(path);
    // A number, a time or a boolean ends before the next delimiter.
    if (this.#take(text) === undefined) this.#take(/[^,\]}#\n]+/y);
  }

  #array(path: KeyPath): void {
    for (let index = 0; this.#skipBlanks() && this.#take(/\]/y) === undefined; index++) {
      this.#found([...path, index], this.#line);
      this.#value([...path, index]);
      this.#skipBlanks();
      this.#take(/,/y);
    }
  }

  #inlineTable(path: KeyPath): void {
    while (this.#skipBlanks() && this.#take(/\}/y) === undefined) {
      this.#keyAndValue(path);
      this.#skipBlanks();
      this.#take(/,/y);
    }
  }

  /** Skips spaces, line breaks and comments. @returns whether anything is left. */
  #skipBlanks(): boolean {
    do this.#take(/[ \t\r\n]*/y); while (this.#take(/#[^\n]*/y) !== undefined);
    return this.#position < this.#text.length;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const taken = pattern.exec(this.#text)?.[0];
    if (taken === undefined) return undefined;
    this.#position += taken.length;
    this.#line += taken.split("\n").length - 1;
    return taken;
  }

  #giveUp(path: KeyPath): KeyPath {
    this.#position = this.#text.length;
    return path;
  }
}

/** No key of a configuration is deeper. Deeper keys get the line of this level, as paths are copied. */
const deepest = 16;

/** A string of any of the four kinds; up to two quotation marks may precede the closing three. */
const text =
  /"""(?:\\[^]|[^\\])*?"""(?:"{1,2}(?!"))?|'''[^]*?'''(?:'{1,2}(?!'))?|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;
