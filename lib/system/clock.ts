/** The door to time: the time of day, and waiting. */

/** The time of day, and waiting. */
export interface Clock {
  /** The time of day, UTC. It may be wrong, and it may go back. */
  now(): Date;
  /** Waits for this many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** The real clock. */
export const denoClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
