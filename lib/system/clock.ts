/** The door to time: the time of day, and waiting. */

/** The time of day, and waiting. */
export interface Clock {
  /** The time of day, UTC. It may be wrong, and it may go back. */
  now(): Date;
  /** Waits for this many milliseconds, or until the signal is raised. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The real clock. */
export const denoClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      if (signal?.aborted) end();
      else signal?.addEventListener("abort", end);
    }),
};
