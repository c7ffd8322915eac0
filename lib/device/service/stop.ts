/** Work that ends if certswap is asked to stop. */
import type { System } from "../../system/mod.ts";
import { InterruptedError } from "../../transaction/mod.ts";
import { ProbeStoppedError } from "./errors.ts";

/** Waits for one step of work, unless a signal comes first: then the step is abandoned. */
export type StopOr = <T>(step: Promise<T>) => Promise<T>;

/**
 * Does work that a signal ends: each of its steps goes through {@linkcode StopOr}.
 *
 * @throws InterruptedError if SIGINT, SIGTERM or SIGHUP came before its end, and the errors of `work`.
 */
export async function untilStopped<T>(
  { processes }: System,
  work: (stopOr: StopOr) => Promise<T>,
): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  // It may come between steps.
  stopped.catch(() => {});
  const stopListening = processes.onTermination((signal) => reject(new InterruptedError(signal)));
  try {
    return await work((step) => Promise.race([stopped, step]));
  } finally {
    stopListening();
  }
}

/**
 * {@linkcode untilStopped} for the work of a probe.
 *
 * @throws ProbeStoppedError if a signal came before its end, and the errors of `work`.
 */
export async function probing<T>(
  system: System,
  work: (stopOr: StopOr) => Promise<T>,
): Promise<T> {
  try {
    return await untilStopped(system, work);
  } catch (error) {
    throw error instanceof InterruptedError
      ? new ProbeStoppedError(error.signal, { cause: error })
      : error;
  }
}
