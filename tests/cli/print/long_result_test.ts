/** A list that is printed page by page reads as if it were printed in one piece. */
import assert from "node:assert/strict";
import { type Json, type LongPage, printOutcome } from "../../../lib/cli/print/mod.ts";
import type { PrintedWorld } from "../../../lib/cli/world.ts";
import type { Outcome } from "../../../lib/cli/print/mod.ts";

async function printed(outcome: Outcome, json: boolean): Promise<string> {
  let text = "";
  const stdout = { isTerminal: false, write: (part: string) => void (text += part) };
  const stderr = { isTerminal: false, write: () => {} };
  const world = { stdout, stderr, environment: () => undefined } as unknown as PrintedWorld;
  assert.equal(await printOutcome(world, outcome, { json }), 0);
  return text;
}

const items: readonly Json[] = [
  { name: "a\nb\u2028c\u001b[1m", list: [1, [], {}] },
  "text",
  { empty: {} },
  null,
];
const others = { matching: 4, recovery: null };

for (const pages of [[4], [1, 3], [2, 0, 2], [1, 1, 1, 1], [0, 0]]) {
  Deno.test(`pages of ${pages} items print the same JSON and lines as one list`, async () => {
    async function* inPages(): AsyncGenerator<LongPage> {
      let from = 0;
      for (const size of pages) {
        const json = items.slice(from, from += size);
        yield { json, lines: json.map((item) => JSON.stringify(item)) };
      }
    }
    const count = pages.reduce((sum, size) => sum + size, 0);
    const shown = items.slice(0, count);
    const whole = {
      json: { list: shown, ...others },
      lines: shown.map((item) => JSON.stringify(item)),
    };
    const long = { json: others, lines: [], long: { name: "list", pages: inPages } };
    assert.equal(await printed(long, true), await printed(whole, true));
    assert.equal(await printed(long, false), await printed(whole, false));
  });
}
