/** Finds the prose of TypeScript: comments, strings and templates. */
import { collapse, type Prose, withoutCode } from "./prose.ts";

/** A comment, a string or the text of a template, as it is found. */
interface Piece {
  readonly kind: "comment" | "string";
  /** Where it begins in the file, its mark included, and where it ends. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The prose of a module. Comments of several lines and strings joined by `+` are one stretch each. */
export function proseOfTypeScript(source: string): Prose[] {
  return joined(source, new Scanner(source).pieces()).map(({ kind, start, text }) =>
    kind === "comment" ? withoutCode(text, start) : collapse(text, start)
  ).filter(isProse);
}

/** A string that is one word is a name: of a file, a field, a user. */
function isProse({ text }: Prose): boolean {
  return /\S\s\S/.test(text);
}

/** Pieces of one kind with nothing between them but blanks and what joins them. */
function joined(source: string, pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last === undefined || last.kind !== piece.kind || !isJoin(source, last, piece)) {
      found.push(piece);
      continue;
    }
    const between = source.slice(last.end, piece.start).replaceAll(/[^\n]/g, " ");
    found[found.length - 1] = { ...last, end: piece.end, text: last.text + between + piece.text };
  }
  return found;
}

function isJoin(source: string, before: Piece, after: Piece): boolean {
  const between = source.slice(before.end, after.start);
  if (before.kind === "string") return between.trim() === "+";
  return before.text.startsWith("//") && after.text.startsWith("//") && /^\n[ \t]*$/.test(between);
}

/** After these, a slash begins a regular expression; after others it divides. */
const beforeRegex = /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|await|yield))$/;

/** Reads through a module once. */
class Scanner {
  readonly #source: string;
  readonly #found: Piece[] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  pieces(): Piece[] {
    this.#code(false);
    return this.#found.sort((a, b) => a.start - b.start);
  }

  /** Code up to the end, or up to the brace that ends an expression in a template. */
  #code(isInTemplate: boolean): void {
    let depth = 0;
    // The end of the code before, by which a slash is told apart: twenty characters are enough.
    let before = "";
    while (this.#at < this.#source.length) {
      const character = this.#source.charAt(this.#at);
      if (this.#comment()) continue;
      if (character === '"' || character === "'") this.#string(character);
      else if (character === "`") this.#template();
      else if (character === "/" && beforeRegex.test(before)) this.#regex();
      else {
        if (character === "{") depth++;
        if (character === "}" && depth-- === 0 && isInTemplate) return;
        this.#at++;
      }
      before = /\s/.test(character) ? before : (before + character).slice(-20);
    }
  }

  #comment(): boolean {
    const mark = this.#source.slice(this.#at, this.#at + 2);
    if (mark !== "//" && mark !== "/*") return false;
    const [closing, more] = mark === "//" ? ["\n", 0] : ["*/", 2];
    const end = this.#source.indexOf(closing, this.#at + 2);
    this.#push("comment", this.#at, end === -1 ? this.#source.length : end + more);
    return true;
  }

  #string(quote: string): void {
    const start = this.#at++;
    while (this.#at < this.#source.length && this.#source.charAt(this.#at) !== quote) {
      this.#at += this.#source.charAt(this.#at) === "\\" ? 2 : 1;
    }
    this.#push("string", start, this.#at + 1);
  }

  /** The text of a template is one string, with `x` for each expression. */
  #template(): void {
    const start = this.#at++;
    const characters: string[] = ["`"];
    while (this.#at < this.#source.length && this.#source.charAt(this.#at) !== "`") {
      const from = this.#at;
      if (this.#source.startsWith("${", from)) {
        this.#at += 2;
        this.#code(true);
        this.#at++;
        characters.push("x".padEnd(this.#at - from, "_"));
      } else {
        this.#at += this.#source.charAt(from) === "\\" ? 2 : 1;
        characters.push(this.#source.slice(from, this.#at));
      }
    }
    this.#at++;
    const text = `${characters.join("")}\``;
    this.#found.push({ kind: "string", start, end: this.#at, text: unquoted(text) });
  }

  #regex(): void {
    let isInClass = false;
    for (this.#at++; this.#at < this.#source.length; this.#at++) {
      const character = this.#source.charAt(this.#at);
      if (character === "\\") this.#at++;
      else if (character === "[") isInClass = true;
      else if (character === "]") isInClass = false;
      else if (character === "\n" || (character === "/" && !isInClass)) break;
    }
    this.#at++;
  }

  #push(kind: Piece["kind"], start: number, end: number): void {
    const text = this.#source.slice(start, end);
    this.#found.push({ kind, start, end, text: kind === "string" ? unquoted(text) : text });
    this.#at = end;
  }
}

/** A literal with blanks for its quotes and for its escaped line ends, of the same length. */
function unquoted(literal: string): string {
  return ` ${literal.slice(1, -1).replaceAll("\\n", "  ")} `;
}
