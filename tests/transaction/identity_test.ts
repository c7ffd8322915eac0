/** On a real directory: what replaces a name is neither read, nor changed, nor waited for. */
import assert from "node:assert/strict";
import { CertswapError, denoFileSystem, type FileSystem, join } from "../../lib/system/mod.ts";
import { type Site, takeSnapshot, withSession } from "../../lib/transaction/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { testSystem } from "../support/test_world.ts";
import { watchedFileSystem } from "../support/watched_file_system.ts";

const attributes = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0, mode: 0o600 };
const content = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A directory with two targets, and another one with a secret. */
interface Place {
  readonly path: (name: string) => string;
  readonly secret: string;
  readonly site: Site;
}

async function withPlace(work: (place: Place) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    const home = join(root, "home");
    const outside = join(root, "outside");
    for (const directory of [home, outside]) Deno.mkdirSync(directory);
    const path = (name: string): string => join(home, name);
    const secret = join(outside, "secret");
    for (const name of ["a", "b"]) {
      Deno.writeTextFileSync(path(name), `old-${name}`, { mode: 0o600 });
    }
    Deno.writeTextFileSync(secret, "secret", { mode: 0o600 });
    const stateDirectory = path(".certswap");
    const targets = [path("a"), path("b")];
    const site = {
      stateDirectory,
      name: "a",
      directories: [home],
      manages: (target: string) => targets.includes(target),
    };
    await work({ path, secret, site });
    assert.deepEqual([...Deno.readDirSync(outside)].map(({ name }) => name), ["secret"]);
    assert.equal(Deno.readTextFileSync(secret), "secret");
  });
}

/** Replaces both targets. */
async function change(files: FileSystem, { path, site }: Place): Promise<void> {
  const system = testSystem({ files });
  await withSession(system, site, {
    lockTimeout: 0,
    async work(session) {
      const entries = [];
      for (const name of ["a", "b"]) {
        const target = path(name);
        const old = (await takeSnapshot(files, target, 100))?.snapshot;
        assert.ok(old !== undefined);
        entries.push(
          { kind: "replace", target, content: content(`new-${name}`), attributes, old } as const,
        );
      }
      await session.commit(entries);
    },
  });
}

/** What is put under a name instead. */
const deeds: Readonly<Record<string, (path: string, place: Place) => void>> = {
  "a link to a file outside": (path, { secret }) => Deno.symlinkSync(secret, path),
  "a dangling link out": (path, { secret }) => Deno.symlinkSync(`${secret}.new`, path),
  "a FIFO": (path) => {
    // Deno has no call for it; mkfifo(1) is everywhere.
    assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  },
  "a directory": (path) => Deno.mkdirSync(path),
  "another file": (path) => Deno.writeTextFileSync(path, "theirs"),
};

/** Lets a thread go that waits for the writer of a FIFO. */
function release(path: string): void {
  try {
    if (Deno.lstatSync(path).isFifo) Deno.openSync(path, { read: true, write: true }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

for (const [what, deed] of Object.entries(deeds)) {
  Deno.test(`${what} instead of a target, before any operation on it, is left alone`, async () => {
    const count = await operationsOn("a");
    assert.ok(count > 10, `only ${count} operations`);
    for (let before = 1; before <= count; before++) {
      await withPlace(async (place) => {
        const target = place.path("a");
        let seen = 0;
        const files = watchedFileSystem(denoFileSystem, (_, path) => {
          if (path !== target || ++seen !== before) return;
          Deno.removeSync(target);
          deed(target, place);
        });
        const error = await change(files, place).catch((error) => error);
        release(target);
        assert.ok(error === undefined || error instanceof CertswapError, String(error));
        const other = Deno.readTextFileSync(place.path("b"));
        assert.equal(other, error === undefined ? "new-b" : "old-b");
        const left = [...Deno.readDirSync(place.path("."))].map(({ name }) => name).sort();
        assert.deepEqual(left.filter((name) => name.includes(".certswap.")), []);
      });
    }
  });
}

/** How many operations a change does on one of its targets. */
async function operationsOn(name: string): Promise<number> {
  let count = 0;
  await withPlace(async (place) => {
    const files = watchedFileSystem(denoFileSystem, (_, path) => {
      if (path === place.path(name)) count++;
    });
    await change(files, place);
  });
  return count;
}

for (const [what, deed] of Object.entries(deeds)) {
  if (what === "another file") continue;
  Deno.test(`${what} instead of the lock file is not locked, filled or waited for`, async () => {
    await withPlace(async (place) => {
      Deno.mkdirSync(place.site.stateDirectory, { mode: 0o700 });
      deed(join(place.site.stateDirectory, "a.lock"), place);
      await assert.rejects(change(denoFileSystem, place), CertswapError);
      assert.equal(Deno.readTextFileSync(place.path("a")), "old-a");
    });
  });
}

Deno.test("takeSnapshot() refuses a link, even to a file beside it", async () => {
  await withPlace(async ({ path }) => {
    Deno.symlinkSync("a", path("c"));
    await assert.rejects(takeSnapshot(denoFileSystem, path("c"), 100), { code: "wrong-file-kind" });
  });
});
