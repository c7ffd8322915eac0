/** Programs that certswap starts: issuers and hooks. */

/** A program to run, and its limits. */
export interface RunOptions {
  /**
   * The program (absolute, or found in the PATH of `environment`) and its arguments. No shell is involved.
   */
  readonly command: readonly [string, ...string[]];
  /** Its whole environment: nothing of certswap's own is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input: Uint8Array;
  /** The most that is kept of its standard output, in bytes. */
  readonly outputLimit: number;
  /**
   * What happens to a program that writes more: it is stopped, or only the end of its output is kept, as for
   * its standard error.
   */
  readonly onExcess: "end" | "drop";
  /** Milliseconds. */
  readonly timeLimit: number;
}

/** How a program ended. */
export type ProgramEnd =
  | { readonly kind: "exit"; readonly code: number }
  /** Killed by a signal that certswap did not send. */
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "time-limit" }
  | { readonly kind: "output-limit" }
  /** certswap itself was asked to stop by this signal, and stopped the program. */
  | { readonly kind: "interrupted"; readonly signal: string };

/** The result of a program that ran. */
export interface RunResult {
  readonly end: ProgramEnd;
  /** Standard output: the first `outputLimit` bytes, or with `drop` the last. */
  readonly output: Uint8Array;
  /** The end of its standard error, {@linkcode errorOutputKept} bytes at most. */
  readonly errorOutput: Uint8Array;
}

/** How much is kept of a program's standard error, in bytes: the last lines say why it failed. */
export const errorOutputKept = 8 * 1024;
