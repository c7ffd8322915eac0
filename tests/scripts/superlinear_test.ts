import assert from "node:assert/strict";
import { superlinear } from "../../scripts/lint/superlinear.ts";

Deno.test("superlinear() finds patterns that divide a text in several ways, or search again", () => {
  const bad: readonly RegExp[] = [
    /[ \t]+$/,
    /\s+$/,
    /^(?:a+)+$/,
    /^(?:a*)*$/,
    /^(?:a|a)*$/,
    /^(?:[ab]|b)+$/,
    /^\s*\s*$/,
    /^\d+\d*x/,
    /^.*,.*$/,
    /^a*b?a*$/,
    /(?:x+)y/,
    /^(?:\w+\s?)*$/,
    /x*y/,
  ];
  for (const { source, flags } of bad) assert.ok(superlinear(source, flags), source);
});

Deno.test("superlinear() takes patterns that are anchored, bounded or delimited", () => {
  const good: readonly RegExp[] = [
    /^[ \t]+$/,
    /\s+/g,
    /[ \t]*=[ \t]*/y,
    /^[A-Z]+(?: [A-Z]+)*$/,
    /^"[^"\\]*(?:\\[^][^"\\]*)*"$/,
    /@[^@]*$/,
    /-----\s{0,8}(?:BEGIN|END)\b/i,
    /^\d+(?:\.\d+)+$/,
    /^(?:\\[^]|[^\\])*$/,
    /\.\d+Z$/,
    /^[a-z]*:[a-z]*$/,
    /a|b/,
    /[:[]|^[\d.]+$/,
  ];
  for (const { source, flags } of good) assert.equal(superlinear(source, flags), undefined, source);
});
