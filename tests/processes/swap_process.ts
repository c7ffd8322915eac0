import { denoRunArguments } from "../support/run_deno.ts";
import type { SwapOrder } from "../support/swap_child.ts";

/** How a process ended, and what it had printed by then. */
export interface Ended {
  readonly exit: number;
  readonly signal: Deno.Signal | null;
  /** Lines of standard output. */
  readonly lines: readonly string[];
  /** Empty unless something is wrong. */
  readonly stderr: string;
}

/** A process that swaps. */
export interface SwapProcess {
  /** Fulfilled once it is about to start, or is gone. */
  readonly ready: Promise<void>;
  /** Fulfilled once it has reported so many swaps, or is gone. */
  hasSwapped(times: number): Promise<void>;
  /** Lets a process start that waits for it. */
  start(): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly ended: Promise<Ended>;
}

/** Starts a process of its own that obeys `order`. */
export function startSwapProcess(order: SwapOrder): SwapProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, new URL("../support/swap_child.ts", import.meta.url).href]
      .concat(JSON.stringify(order)),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { lines, hasPrinted } = readLines(child.stdout);
  const stderr = new Response(child.stderr).text();
  return {
    ready: hasPrinted(1),
    // The first line says that it is ready.
    hasSwapped: (times) => hasPrinted(1 + times),
    start: () => child.stdin.close(),
    kill: (signal) => child.kill(signal),
    ended: endOf(child, lines, stderr),
  };
}

/** Runs a process to its end. */
export async function runSwapProcess(order: SwapOrder): Promise<Ended> {
  const process = startSwapProcess(order);
  await process.start();
  return await process.ended;
}

async function endOf(
  child: Deno.ChildProcess,
  output: Promise<readonly string[]>,
  stderr: Promise<string>,
): Promise<Ended> {
  const [status, lines, text] = await Promise.all([child.status, output, stderr]);
  try {
    await child.stdin.close();
  } catch {
    // Closed already, by `start` or by the child's end.
  }
  return { exit: status.code, signal: status.signal, lines, stderr: text };
}

/** What a process prints, and a way to wait until it has printed so many lines, or is gone. */
function readLines(stream: ReadableStream<Uint8Array>): {
  readonly lines: Promise<readonly string[]>;
  readonly hasPrinted: (count: number) => Promise<void>;
} {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let complete: string[] = [];
  let isAtEnd = false;
  const tell = (): void => {
    for (const { count, resolve } of waiting) {
      if (isAtEnd || complete.length >= count) resolve();
    }
  };
  const read = async (): Promise<readonly string[]> => {
    let rest = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + part).split("\n");
      rest = parts.pop() ?? "";
      complete = [...complete, ...parts];
      tell();
    }
    isAtEnd = true;
    tell();
    return complete;
  };
  const hasPrinted = (count: number): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ count, resolve });
      tell();
    });
  return { lines: read(), hasPrinted };
}
