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
};
