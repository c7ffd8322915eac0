/**
 * A thread that opens the lock files `directory/0` to `directory/count` as soon as all threads are at the
 * same one. It posts the error of the first that it could not open, or the empty text.
 */
import { parentPort, workerData } from "node:worker_threads";
import { denoFileSystem, FileSystemError, join } from "../../../lib/system/mod.ts";

/** What the thread is to do. */
export interface Race {
  readonly directory: string;
  readonly count: number;
  readonly threads: number;
  /** How many have come to each file, shared by all threads. */
  readonly arrived: Int32Array<SharedArrayBuffer>;
}

parentPort?.postMessage(race(workerData));

function race({ directory, count, threads, arrived }: Race): string {
  let failure = "";
  for (let number = 0; number < count; number++) {
    Atomics.add(arrived, number, 1);
    while (Atomics.load(arrived, number) < threads);
    try {
      denoFileSystem.openLockFile(join(directory, `${number}`), 0o600).close();
    } catch (error) {
      failure ||= error instanceof FileSystemError ? error.errno : String(error);
    }
  }
  return failure;
}
