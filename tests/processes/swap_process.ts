import { denoRunArguments } from "../support/run_deno.ts";
import type { SwapOrder } from "../support/swap_child.ts";

/** The result of a process, and its output. */
export interface Ended {
  readonly exit: number;
  readonly signal: Deno.Signal | null;
  /** Lines of standard output. */
  readonly lines: readonly string[];
  /** Standard error; empty if all is well. */
  readonly stderr: string;
}

/** A running process that swaps. */
export interface SwapProcess {
  /** Resolves when it is about to start, or has ended. */
  readonly ready: Promise<void>;
  /** Resolves when it has reported this many swaps, or has ended. */
  hasSwapped(times: number): Promise<void>;
  /** Starts a process that waits for this call. */
  start(): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly ended: Promise<Ended>;
}

/** Starts a process that carries out `order`. */
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
    // Already closed by `start`, or because the child ended.
  }
  return { exit: status.code, signal: status.signal, lines, stderr: text };
}

/** The output of a process; waits until it has printed a number of lines, or has ended. */
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
