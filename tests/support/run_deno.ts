/** How a program ended, and what it printed. */
export interface DenoRun {
  readonly exit: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The arguments before a program's own. Types were checked with the tests: skipping it starts faster. */
export const denoRunArguments = [
  "run",
  "--allow-all",
  "--no-check",
  "--cached-only",
  "--quiet",
] as const;

/**
 * Runs a program of the tests in its own process.
 *
 * @param words its URL, then its arguments.
 */
export async function runDeno(
  words: readonly string[],
  { stdin, env = {} }: {
    /** What it reads from standard input; nothing by default. */
    readonly stdin?: string;
    /** Added to the environment. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<DenoRun> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, ...words],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    env: { ...env },
  });
  const child = command.spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, signal, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { exit: code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
