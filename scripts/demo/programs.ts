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
  const ended = await certswap(...words);
  if (ended.code !== 0) throw new Error(`certswap ${words.join(" ")}: ${ended.stderr}`);
  return ended;
}

/** Swaps, and dies of SIGKILL before the rename of `target`'s staged file. */
export async function killedSwap(directory: string, target: string, given: {
  readonly certificate: string;
  readonly key: string;
}): Promise<Ended> {
  return await run("scripts/demo/killed_swap.ts", [
    directory,
    target,
    given.certificate,
    given.key,
  ]);
}

async function run(script: string, words: readonly string[]): Promise<Ended> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", `${root}${script}`, ...words],
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

/** The demo's TLS server, running. */
export class Server {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: Deno.ChildProcess, lines: AsyncIterator<string>, port: number) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /**
   * Starts the server and waits until it serves.
   *
   * @throws Error with the server's own message if it does not start.
   */
  static async start(certificate: string, key: string, port = 0): Promise<Server> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        `${root}scripts/demo/server.ts`,
        certificate,
        key,
        String(port),
      ],
      cwd: root,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = linesOf(child.stdout);
    const { value = "cannot start: it said nothing" } = await lines.next();
    const served = /^serving (?<port>\d+)$/.exec(value)?.groups?.["port"];
    if (served === undefined) {
      await child.status;
      throw new Error(value);
    }
    return new Server(child, lines, Number(served));
  }

  /** Its process id, for sending signals. */
  get processId(): string {
    return String(this.#child.pid);
  }

  /** Makes it reload its pair, and waits until it has done so. */
  async reload(): Promise<void> {
    this.#child.kill("SIGHUP");
    await this.#lines.next();
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
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
