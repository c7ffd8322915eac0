import assert from "node:assert/strict";
import { denoFileSystem, denoSystem, join, type System } from "../../lib/system/mod.ts";
import {
  InterruptedError,
  LockedError,
  recover,
  type Site,
  withSession,
} from "../../lib/transaction/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { testSystem } from "../support/test_world.ts";
import { site } from "./crashed.ts";

/** A site in a directory of its own, and another run that may hold its lock. */
interface Contended {
  readonly site: Site;
  readonly lockFile: string;
  /** Another run's lock. */
  readonly other: { close(): void };
}

async function contended(work: (there: Contended) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const stateDirectory = join(directory, ".certswap");
    const lockFile = join(stateDirectory, "a.lock");
    Deno.mkdirSync(stateDirectory, { mode: 0o700 });
    const lock = denoFileSystem.openLockFile(lockFile, 0o600);
    assert.ok(lock.tryLock());
    let isOpen = true;
    const close = (): void => {
      if (isOpen) lock.close();
      isOpen = false;
    };
    try {
      const directories = [directory];
      await work({ site: { ...site, stateDirectory, directories }, lockFile, other: { close } });
    } finally {
      close();
    }
  });
}

/** A clock by which sleeping takes no time, and is written down. */
function sleeping(slept: number[], whileAsleep: () => void = () => {}): System {
  return testSystem({
    clock: {
      now: () => new Date(),
      sleep(milliseconds) {
        slept.push(milliseconds);
        whileAsleep();
        return Promise.resolve();
      },
    },
  });
}

const unreached = (): never => assert.fail("it began to work without the lock");
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

for (const lockTimeout of [0, 1, 25, 1010, 10_000]) {
  Deno.test(`withSession() gives up after ${lockTimeout} ms of waiting for another run's lock`, async () => {
    await contended(async ({ site, lockFile }) => {
      const slept: number[] = [];
      await assert.rejects(
        withSession(sleeping(slept), site, { lockTimeout, work: unreached }),
        (error) => {
          assert.ok(error instanceof LockedError);
          assert.deepEqual({ path: error.path, waited: error.waited }, {
            path: lockFile,
            waited: lockTimeout,
          });
          return true;
        },
      );
      assert.equal(sum(slept), lockTimeout);
    });
  });
}

Deno.test("recover() gives up after its waiting time", async () => {
  await contended(async ({ site }) => {
    await assert.rejects(recover(sleeping([]), site, { lockTimeout: 100 }), LockedError);
  });
});

Deno.test("withSession() goes on as soon as the other run releases the lock", async () => {
  await contended(async ({ site, other, lockFile }) => {
    const slept: number[] = [];
    const { inode } = denoFileSystem.stat(lockFile);
    const system = sleeping(slept, () => {
      if (slept.length === 3) other.close();
    });
    const work = (): Promise<string> => Promise.resolve("done");
    assert.equal(await withSession(system, site, { lockTimeout: 1000, work }), "done");
    assert.equal(slept.length, 3);
    assert.equal(denoFileSystem.stat(lockFile).inode, inode, "the lock file is never removed");
  });
});

Deno.test("a signal ends withSession() immediately while it waits for the lock", async () => {
  await contended(async ({ site }) => {
    const listeners = new Set<(signal: string) => void>();
    const slept: number[] = [];
    const system = sleeping(slept, () => {
      if (slept.length === 2) { for (const stop of listeners) stop("SIGINT"); }
    });
    const processes = {
      ...system.processes,
      onTermination(stop: (signal: string) => void): () => void {
        listeners.add(stop);
        return () => listeners.delete(stop);
      },
    };
    await assert.rejects(
      withSession({ ...system, processes }, site, { lockTimeout: 10_000, work: unreached }),
      (error) => error instanceof InterruptedError && error.signal === "SIGINT",
    );
    assert.equal(slept.length, 2);
    assert.equal(listeners.size, 0);
  });
});

Deno.test("withSession() releases the lock if its work fails", async () => {
  await withTemporaryDirectory(async (directory) => {
    const own = { ...site, stateDirectory: join(directory, ".certswap"), directories: [directory] };
    const failing = withSession(testSystem(), own, {
      lockTimeout: 0,
      work: () => Promise.reject(new RangeError("the work failed")),
    });
    await assert.rejects(failing, RangeError);
    const work = (): Promise<string> => Promise.resolve("done");
    assert.equal(await withSession(testSystem(), own, { lockTimeout: 0, work }), "done");
  });
});

Deno.test("ten runs in one process take turns: each reads what the one before wrote", async () => {
  await withTemporaryDirectory(async (directory) => {
    const own = { ...site, stateDirectory: join(directory, ".certswap"), directories: [directory] };
    const path = join(directory, "count");
    Deno.writeTextFileSync(path, "0");
    const count = (): Promise<void> =>
      withSession({ ...denoSystem, processes: testSystem().processes }, own, {
        lockTimeout: 10_000,
        async work() {
          const before = Number(Deno.readTextFileSync(path));
          await new Promise((resolve) => setTimeout(resolve, 2));
          Deno.writeTextFileSync(path, String(before + 1));
        },
      });
    await Promise.all(Array.from({ length: 10 }, count));
    assert.equal(Deno.readTextFileSync(path), "10");
  });
});
