/** Being asked to stop: signals are obeyed before the commit, and wait after it. */
import type { System } from "../system/mod.ts";
import { InterruptedError } from "./errors.ts";

/**
 * Whether someone asked this run to stop. Before the commit it is obeyed; after it, the transaction is
 * finished first, which takes milliseconds.
 */
export interface Interruption {
  /** The signal that arrived, `undefined` where none did. */
  signal(): string | undefined;
  /** Gives the signals their default effect back. */
  stopListening(): void;
}

/** Starts to listen for SIGINT, SIGTERM and SIGHUP. */
export function listenForInterruption(system: System): Interruption {
  let received: string | undefined;
  const stopListening = system.processes.onTermination((signal) => received ??= signal);
  return { signal: () => received, stopListening };
}

/**
 * Lets a signal that is waiting arrive, and obeys it.
 *
 * @throws InterruptedError where one arrived.
 */
export async function obeyInterruption(system: System, interruption: Interruption): Promise<void> {
  await system.processes.deliverSignals();
  const signal = interruption.signal();
  if (signal !== undefined) throw new InterruptedError(signal);
}
