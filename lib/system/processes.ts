/** The door to processes: who this one is, and what it is told from outside. */
export interface Processes {
  /** Effective user of this process, geteuid(2). */
  userId(): number;
  /**
   * Calls `stop` on SIGINT, SIGTERM and SIGHUP instead of dying at once, so that a change under way
   * is cleaned up or finished first.
   *
   * @returns gives the signals their default effect back.
   */
  onTermination(stop: (signal: string) => void): () => void;
  /** Lets signals that have been sent already reach their listeners. */
  deliverSignals(): Promise<void>;
}

const terminationSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The real one. Needs the `sys` permission for `uid`. */
export const denoProcesses: Processes = {
  userId: () => Deno.uid() ?? 0,
  onTermination(stop) {
    const listeners = terminationSignals.map((signal) => {
      const listener = (): void => stop(signal);
      Deno.addSignalListener(signal, listener);
      return { signal, listener };
    });
    return () => {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    };
  },
  async deliverSignals(): Promise<void> {
    // Signals are read when the event loop polls, and it polls for work on another thread: 0.08 ms. A
    // timer of 0 ms takes two milliseconds, as long as a whole swap, and a microtask never polls.
    await crypto.subtle.digest("SHA-256", new Uint8Array());
  },
};
