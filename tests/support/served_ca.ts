/** A CA that is served by a process of its own: `certswap ca serve`. */
import { createSecret, tokenToText } from "../../lib/ca/enrol/token.ts";
import { openStore } from "../../lib/ca/store/mod.ts";
import { closeSessions } from "../../lib/ca/store/postgres/mod.ts";
import {
  addressText,
  denoProcesses,
  denoSystem,
  formatTime,
  hour,
  join,
  type ListenAddress,
  minute,
} from "../../lib/system/mod.ts";
import { denoRunArguments } from "./run_deno.ts";
import { withTemporaryDirectory } from "./temporary_directory.ts";
import { type Run, runCli } from "./test_world.ts";

const main = new URL("../../main.ts", import.meta.url).href;

/** Signals are for the tests themselves. */
const system = { ...denoSystem, processes: { ...denoProcesses, onTermination: () => () => {} } };

/** A program and its first arguments. */
export interface CommandStart {
  readonly program: string;
  readonly args: readonly string[];
}

/** certswap from its sources. */
const fromSources: CommandStart = { program: Deno.execPath(), args: [...denoRunArguments, main] };

/** Options of {@linkcode withServedCa}. */
export interface ServedOptions {
  /** What follows the addresses in ca.toml: first further keys of `[serve]`, then other tables. */
  readonly settings?: string;
  /** What precedes `[serve]` in ca.toml. */
  readonly before?: string;
  /** Further words of `ca init`. */
  readonly init?: readonly string[];
  /** Where the CA is made, with a ca.toml already if it needs one; by default in a new directory. */
  readonly dataDirectory?: string;
  /** What is started; by default certswap from its sources. */
  readonly command?: CommandStart;
}

/** A CA that is served by a process of its own. */
export interface ServedCa {
  /** A directory that is removed afterwards. */
  readonly root: string;
  readonly dataDirectory: string;
  readonly addresses: Readonly<Record<"est" | "http" | "admin", ListenAddress>>;
  readonly est: string;
  readonly http: string;
  readonly admin: string;
  /** The path of the CA's certificate, PEM. */
  readonly authority: string;
  /** The process that serves it now. */
  pid(): number;
  /** Runs `certswap ca` beside the server, in this process. */
  ca(...words: string[]): Promise<Run>;
  /** A new one-time secret. */
  token(names?: string): Promise<string>;
  /** Many of them in one change, for any names. */
  tokens(count: number): Promise<string[]>;
  kill(signal: Deno.Signal): void;
  /** Waits until it has ended. @returns its log. */
  ended(): Promise<{ readonly code: number; readonly log: string }>;
  /** Starts it again. */
  start(): Promise<void>;
}

/** Ports that the kernel chose, and that were free a moment ago. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** Runs `work` with a new CA and its server. */
export async function withServedCa(
  work: (served: ServedCa) => Promise<void>,
  { settings = "", before = "", init = [], command = fromSources, ...given }: ServedOptions = {},
): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const { dataDirectory = join(root, "ca") } = given;
    const ca = (...words: string[]): Promise<Run> =>
      runCli(["ca", ...words, "--data-dir", dataDirectory], { system });
    const made = await ca("init", "--subject", "CN=Lab", ...init);
    if (made.exit !== 0) throw new Error(made.stderr);
    const [est, http, admin] = freePorts(3).map((port) => ({ host: "127.0.0.1", port }));
    if (est === undefined || http === undefined || admin === undefined) throw new Error("no ports");
    const toml = join(dataDirectory, "ca.toml");
    const kept = await Deno.readTextFile(toml).catch(() => "");
    await Deno.writeTextFile(
      toml,
      `${kept}
${before}
[serve]
est = "${addressText(est)}"
http = "${addressText(http)}"
admin = "${addressText(admin)}"
names = ["localhost", "127.0.0.1"]
requests_per_minute = 1000000
${settings}`,
    );
    const server = new ServerProcess(
      command,
      ["ca", "serve", "--data-dir", dataDirectory],
      join(root, "serve.log"),
    );
    await server.start();
    try {
      await work({
        root,
        dataDirectory,
        addresses: { est, http, admin },
        est: `https://localhost:${est.port}`,
        http: `http://${addressText(http)}`,
        admin: `http://${addressText(admin)}`,
        authority: join(dataDirectory, "ca.crt"),
        ca,
        async token(names) {
          const flags = names === undefined ? [] : ["--names", names];
          return (await ca("token", "create", ...flags)).stdout.trim();
        },
        tokens: (count) => createTokens(dataDirectory, count),
        pid: () => server.pid,
        kill: (signal) => server.kill(signal),
        ended: () => server.ended(),
        start: () => server.start(),
      });
    } finally {
      await server.stop();
      await closeSessions(system);
    }
  });
}

/** What `ca token create` does, for many secrets in one change. */
async function createTokens(dataDirectory: string, count: number): Promise<string[]> {
  const store = await openStore(system, { dataDirectory });
  const now = new Date();
  const terms = {
    profile: "device",
    names: undefined,
    created: formatTime(now),
    createdBy: "test",
    expires: formatTime(new Date(now.getTime() + 24 * hour)),
    use: undefined,
  };
  const { value } = await store.change({
    lockTimeout: minute,
    async work(change) {
      const secrets: string[] = [];
      for (let index = 0; index < count; index++) {
        const { id, secret, hash } = await createSecret(system.random);
        await change.keepEnrolment("token", id, tokenToText({ id, hash, ...terms }));
        secrets.push(secret);
      }
      return secrets;
    },
  });
  return value;
}

/** How often a log is looked at, in milliseconds. */
const lookInterval = 20;

/** The process of a server. Its log goes to a file: under load, reading a pipe would cost time here. */
class ServerProcess {
  readonly #command: CommandStart;
  readonly #words: readonly string[];
  readonly #log: string;
  #child: Deno.ChildProcess | undefined;

  constructor(command: CommandStart, words: readonly string[], log: string) {
    this.#command = command;
    this.#words = words;
    this.#log = log;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it, and waits until all three servers listen. */
  async start(): Promise<void> {
    const { program, args } = this.#command;
    await Deno.writeTextFile(this.#log, "");
    const started = new Deno.Command("sh", {
      args: ["-c", 'exec "$@" 2>>"$0"', this.#log, program, ...args, ...this.#words],
      stdin: "null",
      stdout: "null",
    }).spawn();
    this.#child = started;
    let isRunning = true;
    started.status.then(() => isRunning = false);
    while ((await this.#text()).split('"event":"listening"').length <= 3) {
      if (!isRunning) throw new Error(`the server has ended: ${await this.#text()}`);
      await new Promise((resolve) => setTimeout(resolve, lookInterval));
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child?.kill(signal);
  }

  async ended(): Promise<{ readonly code: number; readonly log: string }> {
    return { code: (await this.#child?.status)?.code ?? 0, log: await this.#text() };
  }

  async stop(): Promise<void> {
    try {
      this.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.#child?.status;
  }

  #text(): Promise<string> {
    return Deno.readTextFile(this.#log);
  }
}

/** The memory of a process in megabytes (10^6 bytes): proc(5), VmRSS. */
export function memoryOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes) * 1024 / 1e6;
}
