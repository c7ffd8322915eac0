/** Writes HTML: every text is escaped, unless it is HTML already. */

/** A piece of HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A part of a template: text is escaped, lists are joined, `undefined` is left out. */
export type HtmlPart = string | number | Html | undefined | readonly HtmlPart[];

/**
 * A template: `` html`<b>${name}</b>` ``. Values may be between tags, or in an attribute in quotation marks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { html } from "./html.ts";
 *
 * assert.equal(html`<b title="${'"'}">${"a<b"}</b>`.text, '<b title="&quot;">a&lt;b</b>');
 * ```
 */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(texts.map((text, index) => text + toText(parts[index])).join(""));
}

/** A time, RFC 3339, UTC: `2026-06-01 12:00 UTC`. */
export function time(written: string): Html {
  const shown = written.replace("T", " ").replace(/:\d\dZ$/, " UTC");
  return html`<time datetime="${written}">${shown}</time>`;
}

function toText(part: HtmlPart): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(toText).join("");
  return escapeHtml(String(part));
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters and marks that turn the direction of text are shown as what they are not: a box. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? "")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "\u25a1");
}
