/** Running a program to its end, with Deno. */
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
 * Deno calls setsid(2) for a child that is `detached`, so that the child's number is that of its group too,
 * and kill(2) takes the group's as a negative number. Deno allows kill only to those who may run everything:
 * `--allow-run` for single programs is not enough.
 *
 * @param onTermination tells of signals to certswap itself, as `Processes.onTermination` does: a child in a
 * session of its own does not get those of the terminal.
 */
export async function runProgram(
  options: RunOptions,
  onTermination: Processes["onTermination"],
): Promise<RunResult> {
  const { promise: ending, resolve: end } = Promise.withResolvers<ProgramEnd>();
  // Before there is a child that a signal could leave behind.
  const stopListening = onTermination((signal) => end({ kind: "interrupted", signal }));
  try {
    return await runStarted(start(options), options, { ending, end });
  } finally {
    stopListening();
  }
}

/** What ends a program before its own time. */
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
      // What was written last may be what was too much.
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
    const { code } = cause as { code?: unknown };
    throw new ProcessStartError(program, typeof code === "string" ? code : "EUNKNOWN", { cause });
  }
}

function toEnd({ code, signal }: Deno.CommandStatus): ProgramEnd {
  return signal === null ? { kind: "exit", code } : { kind: "signal", signal };
}

/** A program need not read what it is given: EPIPE is nothing to fail for. */
function feed(stream: WritableStream<Uint8Array>, input: Uint8Array): void {
  const writer = stream.getWriter();
  const ignore = (): void => {};
  writer.closed.catch(ignore);
  if (input.length > 0) writer.write(input).catch(ignore);
  writer.close().catch(ignore);
}

/** SIGTERM to all of the group, and SIGKILL to what is left of it. */
async function endGroup(child: Deno.ChildProcess, drained: Promise<unknown>): Promise<void> {
  signalGroup(child.pid, "SIGTERM");
  // Where the pipes are closed nobody is left, as far as can be seen without looking through /proc.
  await within(gracePeriod, Promise.all([child.status, drained]));
  signalGroup(child.pid, "SIGKILL");
  await child.status;
  await within(drainPeriod, drained);
}

function signalGroup(leader: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-leader, signal);
  } catch (error) {
    // ESRCH: nobody is left in it.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

interface IntakeOptions {
  /** Which part is kept of more than `limit` bytes. */
  readonly keep: "first" | "last";
  readonly limit: number;
  readonly onExcess?: () => void;
}

/** What comes in through a pipe, bounded. It is read to its end in any case: no writer has to wait. */
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
      // Cancelled: what has come in so far is what there is.
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
