/** What is kept of a file, and when it is read again. */
import assert from "node:assert/strict";
import { FileCache } from "../../../lib/ca/enrol/other_ca/mod.ts";
import { denoFileSystem } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

interface Tested {
  readonly path: string;
  /** What the cache says is in the file, and how often the file was read for it. */
  readonly ask: () => Promise<readonly [content: string, reads: number]>;
  /** The clock of the cache: an hour after now, if it is not set. */
  readonly time: { now: Date };
}

async function withCache(work: (tested: Tested) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const path = `${directory}/file`;
    Deno.writeTextFileSync(path, "one");
    const time = { now: new Date(Date.now() + 3_600_000) };
    const clock = { now: () => time.now, sleep: () => Promise.resolve() };
    const cache = new FileCache<string>({ files: denoFileSystem, clock });
    let reads = 0;
    const ask = async (): Promise<readonly [string, number]> => {
      const content = await cache.get(path, () => {
        reads++;
        return Deno.readTextFile(path);
      });
      return [content, reads];
    };
    await work({ path, ask, time });
  });
}

Deno.test("a file is read once, until its content, its inode or its time is another one", async () => {
  await withCache(async ({ path, ask }) => {
    assert.deepEqual(await ask(), ["one", 1]);
    assert.deepEqual(await ask(), ["one", 1]);
    // The same size, and the same inode.
    Deno.utimeSync(path, 1, 1);
    assert.deepEqual(await ask(), ["one", 2]);
    Deno.writeTextFileSync(path, "two");
    assert.deepEqual(await ask(), ["two", 3]);
    const { mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(`${path}.new`, "six");
    Deno.utimeSync(`${path}.new`, mtime ?? 0, mtime ?? 0);
    Deno.renameSync(`${path}.new`, path);
    assert.deepEqual(await ask(), ["six", 4]);
    assert.deepEqual(await ask(), ["six", 4]);
  });
});

Deno.test("a file that a link leads to is read again when the link leads elsewhere", async () => {
  await withCache(async ({ path, ask }) => {
    Deno.renameSync(path, `${path}.1`);
    Deno.linkSync(`${path}.1`, `${path}.2`);
    Deno.symlinkSync(`${path}.1`, path);
    assert.deepEqual(await ask(), ["one", 1]);
    Deno.removeSync(path);
    Deno.symlinkSync(`${path}.2`, path);
    assert.deepEqual(await ask(), ["one", 2]);
  });
});

Deno.test("a file that was changed a moment ago is read each time: it may change again unseen", async () => {
  await withCache(async ({ ask, time }) => {
    const later = time.now;
    time.now = new Date();
    assert.deepEqual(await ask(), ["one", 1]);
    assert.deepEqual(await ask(), ["one", 2]);
    time.now = later;
    assert.deepEqual(await ask(), ["one", 3]);
    assert.deepEqual(await ask(), ["one", 3]);
  });
});

Deno.test("a file that is gone is not remembered", async () => {
  await withCache(async ({ path, ask }) => {
    await ask();
    Deno.removeSync(path);
    await assert.rejects(ask, Deno.errors.NotFound);
  });
});
