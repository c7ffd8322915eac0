/** Programs that certswap starts: issuers and hooks. */

/** A program to run, and how far it may go. */
export interface RunOptions {
  /**
   * The program, absolute or found in the PATH of `environment`, and its arguments. No shell reads them.
   */
  readonly command: readonly [string, ...string[]];
  /** All of its environment: nothing of certswap's own is handed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input: Uint8Array;
  /** The most that is kept of its standard output, in bytes. */
  readonly outputLimit: number;
  /**
   * What happens to a program that writes more: it is ended, or only the last that it wrote is kept, as of
   * its standard error.
   */
  readonly onExcess: "end" | "drop";
  /** Milliseconds. */
  readonly timeLimit: number;
}

/** How a program ended. */
export type ProgramEnd =
  | { readonly kind: "exit"; readonly code: number }
  /** A signal killed it that certswap did not send. */
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "time-limit" }
  | { readonly kind: "output-limit" }
  /** certswap was asked to stop, by this signal, and has ended it for that. */
  | { readonly kind: "interrupted"; readonly signal: string };

/** What is left of a program that ran. */
export interface RunResult {
  readonly end: ProgramEnd;
  /** Standard output: the first `outputLimit` bytes, or with `drop` the last. */
  readonly output: Uint8Array;
  /** The last that it wrote to standard error, {@linkcode errorOutputKept} bytes at most. */
  readonly errorOutput: Uint8Array;
}

/** How much is kept of a program's standard error, in bytes: the last lines say why it failed. */
export const errorOutputKept = 8 * 1024;
