/** Files that are staged ahead of their commit, on a real directory. */
import assert from "node:assert/strict";
import {
  denoFileSystem,
  type FileHandle,
  type FileOperation,
  type FileSystem,
  FileSystemError,
  join,
} from "../../../lib/system/mod.ts";
import {
  type CreateEntry,
  type Session,
  TargetChangedError,
  TransactionFailedError,
  withSession,
} from "../../../lib/transaction/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";
import { watchedFileSystem } from "../../support/watched_file_system.ts";

const attributes = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0, mode: 0o600 };

/** More than any batch, and than the count from which a directory is listed. */
const many = 300;

function entriesIn(directory: string): readonly CreateEntry[] {
  return Array.from({ length: many }, (_, index) => ({
    kind: "create",
    target: join(directory, `${index}.pem`),
    content: new TextEncoder().encode(`content ${index}`),
    attributes,
  }));
}

/** A session in a new directory, on a file system that `make` prepares for it. */
async function inSession<T>(
  make: (directory: string) => FileSystem,
  work: (session: Session, entries: readonly CreateEntry[]) => Promise<T>,
): Promise<{ readonly result: T | Error; readonly left: readonly string[] }> {
  return await withTemporaryDirectory(async (directory) => {
    const site = {
      stateDirectory: join(directory, ".certswap"),
      name: "a",
      directories: [directory],
      manages: (target: string) => target.endsWith(".pem"),
    };
    const result = await withSession(testSystem({ files: make(directory) }), site, {
      lockTimeout: 0,
      work: (session) => work(session, entriesIn(directory)),
    }).catch((error) => error);
    const left = denoFileSystem.readDirectory(directory).filter((name) => name !== ".certswap");
    return { result, left };
  });
}

/** Eight callers, as a CA that signs. */
async function stageAll(session: Session, entries: readonly CreateEntry[]): Promise<void> {
  const queue = entries.values();
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (const entry of queue) await session.stageAhead(entry);
  }));
}

async function stageAndCommit(session: Session, entries: readonly CreateEntry[]): Promise<void> {
  await stageAll(session, entries);
  await session.commit(entries);
}

Deno.test("a file staged ahead is fsynced before the journal, and few are open at a time", async () => {
  const synced = new Set<string>();
  let syncedBefore = 0;
  const open = { now: 0, most: 0 };
  const { result, left } = await inSession(
    () =>
      watchedFileSystem(denoFileSystem, (operation, path) => {
        if (operation === "rename" && path.includes("journal")) syncedBefore = synced.size;
        if (!path.endsWith(".pem.certswap.tmp")) return;
        if (operation === "fsync") synced.add(path);
        if (operation === "create") open.most = Math.max(open.most, ++open.now);
        if (operation === "close") open.now--;
      }),
    stageAndCommit,
  );
  assert.equal(result, undefined);
  assert.equal(left.length, many);
  assert.equal(left.filter((name) => name.includes("certswap")).length, 0);
  assert.equal(syncedBefore, many);
  assert.equal(open.now, 0);
  assert.ok(open.most <= 64, `${open.most} open files`);
});

Deno.test("an error of one file that is staged ahead leaves nothing behind", async () => {
  for (const operation of ["create", "write", "fsync"] as const) {
    for (const number of [0, 17, many - 1]) {
      const failing = (found: FileOperation, path: string): void => {
        if (found === operation && path.endsWith(`.${number}.pem.certswap.tmp`)) {
          throw new FileSystemError("ENOSPC", operation, path);
        }
      };
      const { result, left } = await inSession(
        () => watchedFileSystem(denoFileSystem, failing),
        stageAndCommit,
      );
      assert.ok(result instanceof TransactionFailedError, `${operation}: ${result}`);
      assert.equal((result.cause as FileSystemError).errno, "ENOSPC");
      assert.deepEqual(left, [], `${operation} of ${number}`);
    }
  }
});

Deno.test("what was staged ahead is removed if the session ends without a commit of it", async () => {
  const gaveUp = await inSession(() => denoFileSystem, async (session, entries) => {
    await stageAll(session, entries);
    throw new Error("given up");
  });
  assert.deepEqual(gaveUp.left, []);
  const other = await inSession(() => denoFileSystem, async (session, entries) => {
    await stageAll(session, entries);
    await session.commit(entries.slice(0, 2));
  });
  assert.deepEqual(other.left, ["0.pem", "1.pem"]);
});

Deno.test("a file that is staged after the end of its session is refused, and does not appear", async () => {
  let late: Promise<void> | undefined;
  const { result, left } = await inSession(
    () => denoFileSystem,
    async (session, [first, second]) => {
      assert.ok(first !== undefined && second !== undefined);
      await session.stageAhead(first);
      late = Promise.resolve().then(async () => {
        for (let turn = 0; turn < 1000; turn++) await undefined;
        await session.stageAhead(second);
      });
      late.catch(() => {});
      throw new Error("given up");
    },
  );
  assert.ok(result instanceof Error);
  await assert.rejects(late ?? Promise.resolve(), TransactionFailedError);
  assert.deepEqual(left, []);
});

Deno.test("a file that appears at one of many targets is kept, and nothing is changed", async () => {
  const { result, left } = await inSession(
    (directory) =>
      watchedFileSystem(denoFileSystem, (operation, path) => {
        if (operation === "create" && path.includes("journal")) {
          Deno.writeTextFileSync(join(directory, "7.pem"), "another program's");
        }
      }),
    stageAndCommit,
  );
  assert.ok(result instanceof TargetChangedError, String(result));
  assert.deepEqual(left, ["7.pem"]);
});

Deno.test("standard input cannot be fsynced on another thread", async () => {
  const input: FileHandle = denoFileSystem.openFile("/dev/stdin");
  await assert.rejects(input.syncInBackground(), { errno: "EBADF" });
});
