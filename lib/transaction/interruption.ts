/** Requests to stop: signals are obeyed before the commit, and deferred after it. */
import type { System } from "../system/mod.ts";
import { InterruptedError } from "./errors.ts";

/**
 * Whether this run was asked to stop. Before the commit it obeys; after it, the transaction is finished
 * first, which takes milliseconds.
 */
export interface Interruption {
  /** The signal that arrived; `undefined` if none did. */
  signal(): string | undefined;
  /** Restores the signals' default effect. */
  stopListening(): void;
}

/** Starts to listen for SIGINT, SIGTERM and SIGHUP. */
export function listenForInterruption(system: System): Interruption {
  let received: string | undefined;
  const stopListening = system.processes.onTermination((signal) => received ??= signal);
  return { signal: () => received, stopListening };
}

/**
 * Lets a pending signal arrive, and obeys it.
 *
 * @throws InterruptedError if one arrived.
 */
export async function obeyInterruption(system: System, interruption: Interruption): Promise<void> {
  await system.processes.deliverSignals();
  const signal = interruption.signal();
  if (signal !== undefined) throw new InterruptedError(signal);
}
