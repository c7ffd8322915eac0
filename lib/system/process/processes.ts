/** The door to processes. */
import type { RunOptions, RunResult } from "./program.ts";
import { turnOfEventLoop } from "../waiting.ts";
import { runProgram } from "./run_program.ts";

/** The door to processes: this one's identity and signals, and the programs it starts. */
export interface Processes {
  /** The user of this process, getuid(2). */
  userId(): number;
  /** The number of this process, getpid(2). */
  processId(): number;
  /** The primary group of this process, getgid(2). */
  groupId(): number;
  /** The name of this machine, gethostname(2). */
  hostName(): string;
  /**
   * Calls `stop` on SIGINT, SIGTERM and SIGHUP instead of dying immediately, so that a change in progress
   * is cleaned up or finished first.
   *
   * @returns a function that restores the signals' default effect.
   */
  onTermination(stop: (signal: string) => void): () => void;
  /**
   * Calls `onStop` on SIGINT and SIGTERM, and `onReload` on SIGHUP, as a service is expected to:
   * systemd.service(5), ExecReload=.
   *
   * @returns a function that restores the signals' default effect.
   */
  onServiceSignals(listeners: {
    readonly onStop: (signal: string) => void;
    readonly onReload: () => void;
  }): () => void;
  /**
   * Lets signals that were already sent reach their listeners. Not a barrier: a thread of the runtime
   * receives signals, and on a busy machine a signal sent just now may arrive later.
   */
  deliverSignals(): Promise<void>;
  /**
   * Runs a program in its own process group, and returns only after it has ended. If certswap has to stop it,
   * the whole group is stopped. A process that outlives a program that ended by itself (a service that it
   * started) goes on, and cannot block the run by keeping a pipe open.
   *
   * @throws ProcessStartError
   */
  run(options: RunOptions): Promise<RunResult>;
}

const terminationSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The real one. Needs the `sys` permission for `uid`, `gid` and `hostname`; `run` needs that to run every
 * program, see run_program.ts.
 */
export const denoProcesses: Processes = {
  userId: () => Deno.uid() ?? 0,
  processId: () => Deno.pid,
  groupId: () => Deno.gid() ?? 0,
  hostName: () => Deno.hostname(),
  onTermination(stop) {
    return listen(terminationSignals.map((signal) => ({ signal, listener: () => stop(signal) })));
  },
  onServiceSignals({ onStop, onReload }) {
    return listen([
      { signal: "SIGINT", listener: () => onStop("SIGINT") },
      { signal: "SIGTERM", listener: () => onStop("SIGTERM") },
      { signal: "SIGHUP", listener: onReload },
    ]);
  },
  // Signals are read when the event loop polls.
  deliverSignals: turnOfEventLoop,
  run: (options) => runProgram(options, denoProcesses.onTermination),
};

/** @returns a function that ends it. */
function listen(
  listeners: readonly { readonly signal: Deno.Signal; readonly listener: () => void }[],
): () => void {
  for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  return () => {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  };
}
