/** Benchmarks, printed as ratios within one run: absolute times mean little on a noisy machine. */
//     deno task bench                              all of them
//     deno task bench NAME                         one
//     deno task bench processes --against FILE     dist/certswap in turns with another executable
//         [--pairs N]                              how often each is started for each row (30)
import { ArgumentsError } from "./bench/arguments.ts";

type Benchmark = (words: readonly string[]) => Promise<void>;

const benchmarks: Readonly<Record<string, () => Promise<{ default: Benchmark }>>> = {
  swap: () => import("./bench/swap.ts"),
  processes: () => import("./bench/processes.ts"),
  ca: () => import("./bench/ca.ts"),
  enrol: () => import("./bench/enrol.ts"),
  rotate: () => import("./bench/rotate.ts"),
  store: () => import("./bench/store.ts"),
  serve: () => import("./bench/serve.ts"),
  imports: () => import("./bench/imports.ts"),
};

try {
  const [wanted, ...words] = Deno.args;
  await runBenchmarks(wanted, words);
} catch (error) {
  if (!(error instanceof ArgumentsError)) throw error;
  console.error(`Error: ${error.message}`);
  Deno.exitCode = 2;
}

async function runBenchmarks(wanted: string | undefined, words: readonly string[]): Promise<void> {
  if (wanted !== undefined && !Object.hasOwn(benchmarks, wanted)) {
    const names = Object.keys(benchmarks).join(", ");
    throw new ArgumentsError(`there is no benchmark '${wanted}': choose one of ${names}`);
  }
  if (words.length > 0 && wanted !== "processes") {
    throw new ArgumentsError(`the benchmark ${wanted} takes no arguments`);
  }
  for (const [name, load] of Object.entries(benchmarks)) {
    if (wanted === undefined || wanted === name) await (await load()).default(words);
  }
}
