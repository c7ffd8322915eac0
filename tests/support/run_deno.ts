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

/** Runs a program of the tests in its own process. @param words its URL, then its arguments. */
export async function runDeno(words: readonly string[]): Promise<DenoRun> {
  const command = new Deno.Command(Deno.execPath(), { args: [...denoRunArguments, ...words] });
  const { code, signal, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { exit: code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
