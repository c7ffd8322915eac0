/** Prints, as JSON, the steps of every parser for inputs of a size and of twice that size. */
// Run with `v8Flags` of steps.ts: V8 loses counts of code that it compiles anew meanwhile.
import { StepCounter } from "./steps.ts";

// V8 counts only in code that it has compiled since it was told to count: what is measured is loaded
// afterwards.
const counter = await StepCounter.start();
const { growths } = await import("./growths.ts");
const { parsers } = await import("./parsers.ts");
const { setOf, utf8String } = await import("../../lib/x509/encoding/der_writer.ts");

const size = 1000;
const lines: unknown[] = [];

async function measure(name: string, work: (n: number) => () => unknown): Promise<void> {
  // The first run loads what is loaded late.
  await counter.count(work(20));
  const [once, again, twice] = [
    await counter.count(work(size)),
    await counter.count(work(size)),
    await counter.count(work(2 * size)),
  ];
  lines.push({ name, once, again, twice });
}

for (const { name, accepts } of parsers) {
  const ways = Object.entries(growths[name] ?? {});
  if (ways.length === 0) throw new Error(`no growths for ${name}`);
  for (const [what, grow] of ways) {
    await measure(`${name}: ${what}`, (n) => {
      const made = grow(n);
      const input = typeof made === "string"
        ? new TextEncoder().encode(made)
        : new Uint8Array(made);
      return () => accepts(input);
    });
  }
}
// Sorting is more than linear: a count that did not show it would show nothing.
await measure("sorting", (n) => {
  const values = Array.from({ length: n }, (_, index) => utf8String(`${(index * 7919) % n}`));
  return () => setOf(...values);
});
console.log(JSON.stringify(lines));
Deno.exit(0);
