/**
 * A process that swaps pairs through lib/device, as `certswap swap` does. Its only argument is a
 * {@linkcode SwapOrder} as JSON. It prints `ready`, and after each swap `swapped` with the number of
 * file-system operations so far. If a swap fails, it prints the error's code and exits with 1.
 */
import { type PairFiles, type PairPaths, swap } from "../../lib/device/mod.ts";
import { CertswapError, denoFileSystem, denoSystem, type System } from "../../lib/system/mod.ts";
import { killingFileSystem } from "./killing_file_system.ts";
import { watchedFileSystem } from "./watched_file_system.ts";

/** What the process is to do. */
export interface SwapOrder {
  readonly paths: PairPaths;
  /** The pairs to swap in, one after the other, then from the first again. */
  readonly newPairs: readonly [PairFiles, ...PairFiles[]];
  /** The number of swaps; one by default. */
  readonly times?: number;
  readonly keepPrevious?: boolean;
  /** Starts only once its standard input ends. */
  readonly waits?: boolean;
  /** The file-system operation, counted from 1, before which it kills itself. */
  readonly killBefore?: number;
  /** The file-system operation, counted from 1, before which it sends itself a signal. */
  readonly signalBefore?: { readonly operation: number; readonly signal: Deno.Signal };
}

/** When the swaps take place: within the validity of every certificate of `pairs.ts`. */
const now = new Date("2026-06-01T12:00:00Z");

async function obey(order: SwapOrder): Promise<void> {
  let operations = 0;
  const counted = watchedFileSystem(denoFileSystem, () => {
    operations++;
    const { operation, signal } = order.signalBefore ?? {};
    if (signal !== undefined && operations === operation) signalThisProcess(signal);
  });
  const files = killingFileSystem(counted, { before: order.killBefore ?? Infinity });
  const system = { ...denoSystem, files, clock: { ...denoSystem.clock, now: () => now } };
  console.log("ready");
  if (order.waits) await new Response(Deno.stdin.readable).bytes();
  for (let done = 0; done < (order.times ?? 1); done++) {
    await swapIn(system, order, order.newPairs[done % order.newPairs.length]);
    console.log(`swapped ${operations}`);
  }
}

/** Also waits: another thread of the runtime receives the signal. */
function signalThisProcess(signal: Deno.Signal): void {
  Deno.kill(Deno.pid, signal);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

async function swapIn(
  system: System,
  { paths, keepPrevious = false }: SwapOrder,
  newPair: PairFiles | undefined,
): Promise<void> {
  await swap(system, paths, {
    newPair,
    keepPrevious,
    allowIdentityChange: false,
    // Start again with the first pair.
    allowOlder: true,
    // Twenty processes wait for each other, possibly on a busy machine.
    lockTimeout: 120_000,
  });
}

if (import.meta.main) {
  try {
    await obey(JSON.parse(Deno.args[0] ?? ""));
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    console.log(error.code);
    Deno.exit(1);
  }
}
