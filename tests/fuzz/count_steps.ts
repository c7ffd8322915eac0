/** Prints, as JSON, the steps of every parser for inputs of a size and of twice that size. */
// Run with `v8Flags` of steps.ts: V8 loses the counts of code that it recompiles.
import { StepCounter } from "./steps.ts";

// V8 counts only in code that it compiles after counting has started, so the measured code is loaded
// later.
const counter = await StepCounter.start();
const { growths } = await import("./growths.ts");
const { parsers } = await import("./parsers.ts");
const { setOf, utf8String } = await import("../../lib/x509/encoding/der_writer.ts");

const size = 1000;
const lines: unknown[] = [];

async function measure(name: string, work: (n: number) => () => unknown): Promise<void> {
  // The first run triggers the late imports.
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
// Sorting takes more than linear time: a count that does not show this would be useless.
await measure("sorting", (n) => {
  const values = Array.from({ length: n }, (_, index) => utf8String(`${(index * 7919) % n}`));
  return () => setOf(...values);
});
console.log(JSON.stringify(lines));
Deno.exit(0);
