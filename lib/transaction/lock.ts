import type { FileHandle, System } from "../system/mod.ts";
import { InterruptedError, LockedError } from "./errors.ts";
import { lockPath, type Site } from "./site.ts";

/** Milliseconds between two tries; short, for the lock is held for milliseconds. */
const pause = 25;

/** How long to wait, and what ends the waiting early. */
export interface LockOptions {
  /** Milliseconds to wait for another run; 0 tries once. */
  readonly timeout: number;
  readonly interruption: Interruption;
}

/**
 * Takes the exclusive lock of a site. Closing the returned descriptor releases it, and so does a crash.
 *
 * The lock file is never removed: a second run might hold the lock of a file that is gone while a
 * third locks its successor.
 *
 * @throws LockedError where another run holds it for the whole time.
 * @throws InterruptedError where a signal arrived while waiting.
 */
export async function acquireLock(
  system: System,
  site: Site,
  options: LockOptions,
): Promise<FileHandle> {
  const handle = system.files.openLockFile(lockPath(site), 0o600);
  try {
    for (let waited = 0; !handle.tryLock(); waited += pause) {
      if (waited >= options.timeout) throw new LockedError(lockPath(site), options.timeout);
      await system.clock.sleep(Math.min(pause, options.timeout - waited));
      const signal = options.interruption.signal();
      if (signal !== undefined) throw new InterruptedError(signal);
    }
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

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
