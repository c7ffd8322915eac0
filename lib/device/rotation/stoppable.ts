/** Work that changes nothing, may take long, and ends where certswap is asked to stop. */
import type { System } from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";

/** Waits for one step of such work, unless a signal comes first: what the step still does is left to itself. */
export type StopOr = <T>(step: Promise<T>) => Promise<T>;

/**
 * Does such work, whose every step goes through {@linkcode StopOr}.
 *
 * @throws InterruptedError where SIGINT, SIGTERM or SIGHUP came before its end, and the errors of `work`.
 */
export async function untilStopped<T>(
  { processes }: System,
  work: (stopOr: StopOr) => Promise<T>,
): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  // It may come when no step is waited for.
  stopped.catch(() => {});
  const stopListening = processes.onTermination((signal) => reject(new InterruptedError(signal)));
  try {
    return await work((step) => Promise.race([stopped, step]));
  } finally {
    stopListening();
  }
}
