/**
 * Fuzzes every parser and prints how often: `deno task fuzz` for a million inputs, `deno task fuzz
 * COUNT` for that many, `deno task fuzz COUNT FROM` to begin with another seed than 1. Replay a failing seed
 * alone: `deno task fuzz 1 SEED`.
 */
import { fuzz } from "./fuzz.ts";

const [count = 1_000_000, from = 1] = Deno.args.map(Number);
const begin = performance.now();
const { counts, heap } = await fuzz(count, from, (done) => {
  if (done % 100_000 === 0 && done > 0) console.error(`${done} of ${count}`);
});
for (const [name, { tried, accepted }] of counts) {
  console.log(
    `${name.padEnd(20)} ${String(tried).padStart(8)} tried ${
      String(accepted).padStart(8)
    } accepted`,
  );
}
const seconds = Math.round((performance.now() - begin) / 1000);
console.log(`${count} inputs, at most ${Math.ceil(heap / 2 ** 20)} MiB of heap, in ${seconds} s`);
