import assert from "node:assert/strict";
import { denoFileSystem, FileSystemError, join, type System } from "../../lib/system/mod.ts";
import { LockedError, type Site, withLock, withSession } from "../../lib/transaction/mod.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { testSystem } from "../support/test_world.ts";
import { site } from "./crashed.ts";

const takenAt = new Date("2026-06-01T12:00:00Z");

/** A run with a process number of its own. */
function run(processId: number, now = takenAt): System {
  const system = testSystem({ now });
  return { ...system, processes: { ...system.processes, processId: () => processId } };
}

async function withSite(work: (site: Site, lockFile: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const stateDirectory = join(directory, ".certswap");
    Deno.mkdirSync(stateDirectory, { mode: 0o700 });
    await work(
      { ...site, stateDirectory, directories: [directory] },
      join(stateDirectory, "a.lock"),
    );
  });
}

/** Who holds the lock, as a second run is told. */
async function holderFor(site: Site): Promise<LockedError["holder"]> {
  const late = run(2, new Date("2026-06-01T12:05:00Z"));
  const waiting = withSession(late, site, { lockTimeout: 50, work: () => assert.fail("no lock") });
  const error = await waiting.catch((error) => error);
  assert.ok(error instanceof LockedError, String(error));
  return error.holder;
}

for (const [name, take] of Object.entries({ withSession, withLock })) {
  Deno.test(`a lock that ${name}() holds names its process, and since when`, async () => {
    await withSite(async (site) => {
      await take(run(4_194_304), site, {
        lockTimeout: 0,
        work: async () => {
          assert.deepEqual(await holderFor(site), { processId: 4_194_304, since: takenAt });
        },
      });
    });
  });
}

Deno.test("a lock names its current holder, even if a killed process left a note in the file", async () => {
  const notes = [
    "certswap 4194304 2020-01-01T00:00:00.000Z     \n",
    "certswap 41943",
    "\0".repeat(48),
  ];
  for (const left of notes) {
    await withSite(async (site, lockFile) => {
      Deno.writeTextFileSync(lockFile, left, { mode: 0o600 });
      await withSession(run(7), site, {
        lockTimeout: 0,
        work: async () => assert.equal((await holderFor(site))?.processId, 7, left),
      });
    });
  }
});

Deno.test("a lock file without a valid note names no holder", async () => {
  const note = "certswap 4711 2026-06-01T12:00:00.000Z         \n";
  assert.equal(note.length, 48);
  const contents: Readonly<Record<string, number | undefined>> = {
    [note]: 4711,
    "": undefined,
    [note.slice(1)]: undefined,
    [`${note}x`]: undefined,
    [note.replace("4711", "-711")]: undefined,
    [note.replace("4711", "0711")]: undefined,
    [note.replace("06-01", "13-41")]: undefined,
    [note.replace("certswap", "\x1b[31m   ")]: undefined,
    ["a".repeat(1_000_000)]: undefined,
  };
  for (const [content, processId] of Object.entries(contents)) {
    await withSite(async (site, lockFile) => {
      Deno.writeTextFileSync(lockFile, content, { mode: 0o600 });
      const other = denoFileSystem.openLockFile(lockFile, 0o600);
      assert.ok(other.tryLock());
      assert.equal((await holderFor(site))?.processId, processId, content.slice(0, 60));
      other.close();
      assert.equal(Deno.readTextFileSync(lockFile), content, "only who has the lock writes");
    });
  }
});

Deno.test("a lock file that cannot be written is not an error", async () => {
  await withSite(async (site) => {
    for (const errno of ["ENOSPC", "EROFS", "EDQUOT", "EIO"]) {
      const { files, ...doors } = testSystem();
      const system: System = {
        ...doors,
        files: {
          ...files,
          openLockFile(path, mode) {
            const handle = files.openLockFile(path, mode);
            return {
              ...unused,
              stat: () => handle.stat(),
              read: (buffer: Uint8Array) => handle.read(buffer),
              tryLock: () => handle.tryLock(),
              close: () => handle.close(),
              write: () => refusedWrite(errno, path),
            };
          },
        },
      };
      const work = (): Promise<string> => Promise.resolve("done");
      assert.equal(await withSession(system, site, { lockTimeout: 0, work }), "done", errno);
    }
  });
});

const unused = {
  setOwner: () => assert.fail("chown"),
  setMode: () => assert.fail("chmod"),
  sync: () => assert.fail("fsync"),
  syncInBackground: () => assert.fail("fsync"),
};

function refusedWrite(errno: string, path: string): never {
  throw new FileSystemError(errno, "write", path);
}

Deno.test("a file that is longer than a note, or has two names, is locked and not written", async () => {
  await withSite(async (site, lockFile) => {
    const work = (): Promise<string> => Promise.resolve("done");
    const other = join(site.stateDirectory, "other");
    Deno.writeTextFileSync(other, "precious", { mode: 0o600 });
    Deno.linkSync(other, lockFile);
    assert.equal(await withSession(run(1), site, { lockTimeout: 0, work }), "done");
    assert.equal(Deno.readTextFileSync(other), "precious");
    Deno.removeSync(other);
    const long = "p".repeat(49);
    Deno.writeTextFileSync(lockFile, long);
    assert.equal(await withSession(run(1), site, { lockTimeout: 0, work }), "done");
    assert.equal(Deno.readTextFileSync(lockFile), long);
  });
});
