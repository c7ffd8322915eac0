/** Finds the prose of a file: what a person reads in it, as opposed to its code. */
import { proseOfTypeScript } from "./typescript.ts";

/** A stretch of prose. `_` marks the places of code in it. */
export interface Prose {
  readonly text: string;
  /** For each character of `text`, its offset in the file. */
  readonly offsets: readonly number[];
}

/** How the prose of a file is found. */
type Kind = "typescript" | "markdown" | "lines";

const kinds: Readonly<Record<string, Kind>> = {
  ts: "typescript",
  md: "markdown",
  sh: "lines",
  toml: "lines",
  yml: "lines",
};

/** The kind of a file, by the end of its name; `undefined` if it holds no prose. */
export function kindOf(path: string): Kind | undefined {
  return kinds[path.slice(path.lastIndexOf(".") + 1)];
}

/** The prose of a file, in the order in which it is read. */
export function proseOf(path: string, text: string): Prose[] {
  switch (kindOf(path)) {
    case "typescript":
      return proseOfTypeScript(text);
    case "markdown":
      return [withoutCode(text, 0)];
    case "lines":
      return [collapse(text, 0)];
    default:
      return [];
  }
}

/**
 * The text with each run of blanks, line ends and leading comment marks as one blank, so that words are
 * found although a line ends between them. A blank line ends a sentence, as a full stop does.
 *
 * @param start where `text` begins in the file.
 */
export function collapse(text: string, start: number): Prose {
  const offsets: number[] = [];
  let collapsed = "";
  const blanks = /\s+(?:(?:\*|\/\/|#|>)(?=\s|$)\s*)*/g;
  let end = 0;
  for (const { index, 0: run } of text.matchAll(blanks)) {
    for (let at = end; at < index; at++) offsets.push(start + at);
    collapsed += text.slice(end, index);
    collapsed += isParagraphEnd(run) ? "\n" : " ";
    offsets.push(start + index);
    end = index + run.length;
  }
  for (let at = end; at < text.length; at++) offsets.push(start + at);
  return { text: collapsed + text.slice(end), offsets };
}

/** Whether a run of blanks and comment marks holds a line of nothing else. */
function isParagraphEnd(run: string): boolean {
  return run.split("\n").slice(1, -1).length > 0;
}

/** Collapsed Markdown without its code: fenced blocks, code spans, the targets of links, HTML comments. */
export function withoutCode(text: string, start: number): Prose {
  return collapse(blank(text, codeInMarkdown(text)), start);
}

/** A part of a text: from an offset up to another. */
type Range = readonly [start: number, end: number];

function codeInMarkdown(text: string): Range[] {
  const fences = fencedBlocks(text);
  const isFenced = (at: number): boolean => fences.some(([start, end]) => at >= start && at < end);
  const others = ["`", "](", "<!--"].flatMap((opening) => between(text, opening, isFenced));
  return [...fences, ...others];
}

/** Blocks from a line that begins with three backticks to the next one that does. */
function fencedBlocks(text: string): Range[] {
  const found: Range[] = [];
  let opened: number | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    if (/^[\s*>]{0,20}```/.test(line)) {
      if (opened === undefined) opened = at;
      else {
        found.push([opened, at + line.length]);
        opened = undefined;
      }
    }
    at += line.length + 1;
  }
  return found;
}

const closings: Readonly<Record<string, string>> = { "`": "`", "](": ")", "<!--": "-->" };

/** What lies between each opening and its closing, within one paragraph. */
function between(text: string, opening: string, isExcluded: (at: number) => boolean): Range[] {
  const closing = closings[opening] ?? opening;
  const found: Range[] = [];
  for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at)) {
    const inner = at + opening.length;
    at = inner;
    if (isExcluded(inner)) continue;
    const end = text.indexOf(closing, inner);
    if (end === -1) break;
    // A mark that is not closed in its paragraph is a character like any other.
    if (/\n\s*\n/.test(text.slice(inner, end))) continue;
    found.push([inner, end]);
    at = end + closing.length;
  }
  return found;
}

/** The text with these parts as `_`, line ends kept, of the same length. */
function blank(text: string, ranges: readonly Range[]): string {
  const characters = text.split("");
  for (const [start, end] of ranges) {
    for (let at = start; at < end; at++) if (characters[at] !== "\n") characters[at] = "_";
  }
  return characters.join("");
}
