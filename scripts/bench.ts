/**
 * Benchmarks, printed as ratios within one run: the machines are noisy, and a time by itself says little.
 * `deno task bench` runs all, `deno task bench NAME` one.
 */
const benchmarks: Readonly<Record<string, () => Promise<{ default: () => Promise<void> }>>> = {
  swap: () => import("./bench/swap.ts"),
  processes: () => import("./bench/processes.ts"),
  ca: () => import("./bench/ca.ts"),
  rotate: () => import("./bench/rotate.ts"),
  imports: () => import("./bench/imports.ts"),
};

const [wanted] = Deno.args;
for (const [name, load] of Object.entries(benchmarks)) {
  if (wanted === undefined || wanted === name) await (await load()).default();
}
