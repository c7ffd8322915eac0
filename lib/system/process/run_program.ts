/** Running a program to its end, with Deno. */
import { errnoOf } from "../errno.ts";
import { ProcessStartError } from "../errors.ts";
import { within } from "../waiting.ts";
import type { Processes } from "./processes.ts";
import { errorOutputKept, type ProgramEnd, type RunOptions, type RunResult } from "./program.ts";

/** Milliseconds between SIGTERM and SIGKILL. */
const gracePeriod = 2000;

/** Milliseconds for what a program wrote last to arrive, after it has ended. */
const drainPeriod = 200;

/**
 * Runs a program as `Processes.run` promises.
 *
 * Deno calls setsid(2) for a `detached` child, so the child's process ID is also its process group ID, and
 * kill(2) takes the negated ID to signal the whole group. Deno allows kill only with the full `--allow-run`:
 * permission to run single programs is not enough.
 *
 * @param onTermination reports signals sent to certswap itself, as `Processes.onTermination` does: a child in
 * its own session does not get those of the terminal.
 */
export async function runProgram(
  options: RunOptions,
  onTermination: Processes["onTermination"],
): Promise<RunResult> {
  const { promise: ending, resolve: end } = Promise.withResolvers<ProgramEnd>();
  // Registered before the child starts, so that no signal can leave it running.
  const stopListening = onTermination((signal) => end({ kind: "interrupted", signal }));
  try {
    return await runStarted(start(options), options, { ending, end });
  } finally {
    stopListening();
  }
}

/** What stops a program early. */
interface Ending {
  readonly ending: Promise<ProgramEnd>;
  readonly end: (end: ProgramEnd) => void;
}

async function runStarted(
  child: Deno.ChildProcess,
  options: RunOptions,
  { ending, end }: Ending,
): Promise<RunResult> {
  const timer = setTimeout(() => end({ kind: "time-limit" }), options.timeLimit);
  const output = new Intake(child.stdout, {
    keep: options.onExcess === "drop" ? "last" : "first",
    limit: options.outputLimit,
    onExcess: () => options.onExcess === "end" && end({ kind: "output-limit" }),
  });
  const errorOutput = new Intake(child.stderr, { keep: "last", limit: errorOutputKept });
  const drained = Promise.all([output.finished, errorOutput.finished]);
  feed(child.stdin, options.input);
  try {
    const ended = await Promise.race([ending, child.status.then(toEnd)]);
    if (ended.kind === "exit" || ended.kind === "signal") {
      await within(drainPeriod, drained);
      // The last bytes may be the ones beyond the limit.
      const isExcess = output.isExceeded && options.onExcess === "end";
      return {
        end: isExcess ? { kind: "output-limit" } : ended,
        output: output.bytes(),
        errorOutput: errorOutput.bytes(),
      };
    }
    await endGroup(child, drained);
    return { end: ended, output: output.bytes(), errorOutput: errorOutput.bytes() };
  } finally {
    clearTimeout(timer);
    await Promise.all([output.cancel(), errorOutput.cancel()]);
  }
}

function start({ command: [program, ...args], environment }: RunOptions): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args,
      env: environment,
      clearEnv: true,
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (cause) {
    throw new ProcessStartError(program, errnoOf(cause), { cause });
  }
}

function toEnd({ code, signal }: Deno.CommandStatus): ProgramEnd {
  return signal === null ? { kind: "exit", code } : { kind: "signal", signal };
}

/** A program need not read its standard input: EPIPE is not an error. */
function feed(stream: WritableStream<Uint8Array>, input: Uint8Array): void {
  const writer = stream.getWriter();
  const ignore = (): void => {};
  writer.closed.catch(ignore);
  if (input.length > 0) writer.write(input).catch(ignore);
  writer.close().catch(ignore);
}

/** Sends SIGTERM to the group, then SIGKILL to what is left of it. */
async function endGroup(child: Deno.ChildProcess, drained: Promise<unknown>): Promise<void> {
  signalGroup(child.pid, "SIGTERM");
  // Once the pipes are closed, no process is left, as far as can be seen without reading /proc.
  await within(gracePeriod, Promise.all([child.status, drained]));
  signalGroup(child.pid, "SIGKILL");
  await child.status;
  await within(drainPeriod, drained);
}

function signalGroup(leader: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-leader, signal);
  } catch (error) {
    // ESRCH: the group is empty.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

interface IntakeOptions {
  /** Which part of the output is kept if there are more than `limit` bytes. */
  readonly keep: "first" | "last";
  readonly limit: number;
  readonly onExcess?: () => void;
}

/** Bounded output of a pipe. The pipe is always read to its end, so that no writer has to wait. */
class Intake {
  /** Settles at the end of the pipe, or when it is cancelled. */
  readonly finished: Promise<void>;
  isExceeded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: IntakeOptions;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(stream: ReadableStream<Uint8Array>, options: IntakeOptions) {
    this.#reader = stream.getReader();
    this.#options = options;
    this.finished = this.#readAll();
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, offset);
      offset += chunk.length;
    }
    const { keep, limit } = this.#options;
    return keep === "first" ? all.subarray(0, limit) : all.subarray(Math.max(0, offset - limit));
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #readAll(): Promise<void> {
    try {
      for (
        let { value } = await this.#reader.read();
        value !== undefined;
        { value } = await this.#reader.read()
      ) this.#take(value);
    } catch {
      // Cancelled: keep what has arrived so far.
    }
  }

  #take(chunk: Uint8Array): void {
    const { keep, limit, onExcess } = this.#options;
    if (this.isExceeded && keep === "first") return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= limit) return;
    this.isExceeded = true;
    onExcess?.();
    if (keep === "first") return;
    const [first] = this.#chunks;
    if (first !== undefined && this.#length - first.length >= limit) {
      this.#chunks.shift();
      this.#length -= first.length;
    }
  }
}
