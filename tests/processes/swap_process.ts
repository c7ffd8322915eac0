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
  const ready = Promise.withResolvers<void>();
  const output = readLines(child.stdout, () => ready.resolve());
  const stderr = new Response(child.stderr).text();
  return {
    ready: ready.promise,
    start: () => child.stdin.close(),
    kill: (signal) => child.kill(signal),
    ended: endOf(child, output, stderr),
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

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onFirst: () => void,
): Promise<readonly string[]> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) onFirst();
  }
  onFirst();
  return text.split("\n").filter((line) => line !== "");
}
