/** The programs of the demo, each in its own process. */

const root = new URL("../../", import.meta.url).pathname;

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs certswap from its sources. */
export async function certswap(...words: string[]): Promise<Ended> {
  return await run("main.ts", words);
}

/** Runs certswap. @throws Error if it fails. */
export async function certswapOrThrow(...words: string[]): Promise<Ended> {
  return succeeded(await certswap(...words), words);
}

/** @throws Error with what a program printed if it failed. */
export function succeeded(ended: Ended, words: readonly string[]): Ended {
  if (ended.code !== 0) throw new Error(`certswap ${words.join(" ")}: ${ended.stderr}`);
  return ended;
}

/** Runs a script of this repository, and waits until it has ended. */
export async function run(script: string, words: readonly string[]): Promise<Ended> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: argumentsFor(script, words),
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    signal: output.signal,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

function argumentsFor(script: string, words: readonly string[]): string[] {
  return ["run", "--quiet", "--allow-all", `${root}${script}`, ...words];
}

/** How long a program may take to print a line. Only a defect takes longer. */
const patience = 60_000;

/** A program that runs beside the demo, and what it prints. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: Deno.ChildProcess, stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#child = child;
    this.#lines = linesOf(stream);
  }

  /** Starts a script of this repository. @param stream what is read of it; the other one is passed on. */
  static start(script: string, words: readonly string[], stream: "stdout" | "stderr"): Program {
    const child = new Deno.Command(Deno.execPath(), {
      args: argumentsFor(script, words),
      cwd: root,
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
      [stream]: "piped",
    }).spawn();
    return new Program(child, child[stream]);
  }

  /** Its process id, for sending signals. */
  get processId(): string {
    return String(this.#child.pid);
  }

  /** Waits for its next line. @returns `undefined` if it has ended. @throws Error after a minute. */
  async nextLine(): Promise<string | undefined> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error("a program of the demo has printed nothing for a minute")),
      patience,
    );
    try {
      const { value, done } = await Promise.race([this.#lines.next(), promise]);
      return done === true ? undefined : value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal. */
  send(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends it, as a power cut would unless another signal is given, and waits until it has ended. */
  async end(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    this.send(signal);
    await this.#child.status;
    await this.#lines.return?.();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
