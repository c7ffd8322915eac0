import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import { denoClock, denoFileSystem, type FileHandle, join } from "../../../lib/system/mod.ts";
import { denoRunArguments } from "../../support/run_deno.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import type { Race } from "./lock_race_worker.ts";

/** A second process that tried to take the lock. */
interface Rival {
  readonly answer: string;
  /** Ends it, with this signal or by itself. */
  end(signal?: Deno.Signal): Promise<void>;
}

async function startRival(path: string): Promise<Rival> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, new URL("lock_child.ts", import.meta.url).href, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const answer = (await reader.read()).value?.trim() ?? "";
  return {
    answer,
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      await child.stdin.close().catch(() => {});
      await reader.cancel();
      await child.status;
    },
  };
}

/** A lock file, open in this process and not locked yet. Closed afterwards. */
async function withLockFile(
  work: (lock: FileHandle, path: string) => Promise<void> | void,
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, "lock");
    const lock = denoFileSystem.openLockFile(path, 0o600);
    try {
      await work(lock, path);
    } finally {
      lock.close();
    }
  });
}

Deno.test("tryLock() fails immediately while another process has the lock, works once it ends", async () => {
  await withLockFile(async (lock, path) => {
    const rival = await startRival(path);
    assert.equal(rival.answer, "locked");
    assert.equal(lock.tryLock(), false);
    await rival.end();
    assert.equal(lock.tryLock(), true);
  });
});

Deno.test("tryLock() succeeds after the process that had the lock was killed", async () => {
  await withLockFile(async (lock, path) => {
    const rival = await startRival(path);
    assert.equal(lock.tryLock(), false);
    await rival.end("SIGKILL");
    assert.equal(lock.tryLock(), true);
  });
});

Deno.test("tryLock() keeps other processes out, and close() lets them in", async () => {
  await withLockFile(async (_, path) => {
    const lock = denoFileSystem.openLockFile(path, 0o600);
    assert.equal(lock.tryLock(), true);
    const refused = await startRival(path);
    await refused.end();
    lock.close();
    const admitted = await startRival(path);
    await admitted.end();
    assert.deepEqual([refused.answer, admitted.answer], ["refused", "locked"]);
  });
});

Deno.test("tryLock() is refused to a second descriptor of the same process", async () => {
  await withLockFile((lock, path) => {
    assert.equal(lock.tryLock(), true);
    const second = denoFileSystem.openLockFile(path, 0o600);
    assert.equal(second.tryLock(), false);
    second.close();
  });
});

Deno.test("a lock is not inherited by the programs that its holder starts", async () => {
  await withLockFile(async (next, path) => {
    const lock = denoFileSystem.openLockFile(path, 0o600);
    assert.equal(lock.tryLock(), true);
    const service = new Deno.Command("sleep", { args: ["60"] }).spawn();
    await denoClock.sleep(50);
    lock.close();
    const isFree = next.tryLock();
    service.kill("SIGKILL");
    await service.status;
    assert.ok(isFree, "the service has the lock");
  });
});

Deno.test("openLockFile() succeeds for all that open the same new file at the same time", async () => {
  const [threads, count] = [2, 300];
  await withTemporaryDirectory(async (directory) => {
    const arrived = new Int32Array(new SharedArrayBuffer(4 * count));
    const race: Race = { directory, count, threads, arrived };
    const failures = await Promise.all(Array.from({ length: threads }, () => runThread(race)));
    assert.deepEqual(failures, ["", ""]);
  });
});

async function runThread(race: Race): Promise<unknown> {
  const worker = new Worker(new URL("lock_race_worker.ts", import.meta.url), { workerData: race });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.on("message", resolve);
  worker.on("error", reject);
  try {
    return await promise;
  } finally {
    await worker.terminate();
  }
}
