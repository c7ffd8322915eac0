import assert from "node:assert/strict";
import {
  denoFileSystem,
  digestRegularFile,
  type FileHandle,
  FileSystemError,
  FileTooLargeError,
  ifPresent,
  isAnyListed,
  isErrno,
  join,
  largeContent,
  readFile,
  sha256Hex,
  statIfPresent,
  syncDirectory,
  writeAll,
  WrongFileKindError,
} from "../../../lib/system/mod.ts";
import { SeededRandom } from "../../support/random.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { watchedFileSystem } from "../../support/watched_file_system.ts";

Deno.test("a digest is that of the whole file, and a file above the limit is refused", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, "a");
    for (const size of [0, 1, largeContent, largeContent + 1, largeContent + 1_500_000]) {
      const content = new Uint8Array(size).fill(7);
      if (size > 0) content[size - 1] = 1;
      Deno.writeFileSync(path, content);
      const digest = await digestRegularFile(denoFileSystem, path, size);
      assert.equal(digest.sha256, await sha256Hex(content), String(size));
      assert.equal(digest.size, size);
      if (size === 0) continue;
      await assert.rejects(digestRegularFile(denoFileSystem, path, size - 1), FileTooLargeError);
    }
  });
});

Deno.test("a digest of a large file that grows beyond the limit while it is read is refused", async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, "a");
    const size = largeContent + 1;
    Deno.writeFileSync(path, new Uint8Array(size));
    const files = watchedFileSystem(denoFileSystem, (operation) => {
      if (operation === "read") Deno.writeFileSync(path, Uint8Array.of(1), { append: true });
    });
    await assert.rejects(digestRegularFile(files, path, size), FileTooLargeError);
  });
});

Deno.test("readFile() reads a file of exactly the limit, and refuses one byte more unread", async () => {
  await withTemporaryDirectory((directory) => {
    const path = join(directory, "a");
    const content = new SeededRandom(1).bytes(10_000);
    Deno.writeFileSync(path, content);
    let reads = 0;
    const files = watchedFileSystem(denoFileSystem, (operation) => {
      if (operation === "read") reads++;
    });
    assert.deepEqual(readFile(files, path, 10_000).content, content);
    assert.equal(readFile(files, path, 10_000).info.inode, denoFileSystem.stat(path).inode);
    reads = 0;
    assert.throws(() => readFile(files, path, 9_999), (error) => {
      assert.ok(error instanceof FileTooLargeError);
      assert.deepEqual({ path: error.path, limit: error.limit }, { path, limit: 9_999 });
      return true;
    });
    assert.equal(reads, 0);
  });
});

Deno.test("readFile() reads an empty file", async () => {
  await withTemporaryDirectory((directory) => {
    Deno.writeTextFileSync(join(directory, "a"), "");
    assert.equal(readFile(denoFileSystem, join(directory, "a"), 0).content.length, 0);
  });
});

Deno.test("readFile() reads to the end of a growing file, but not beyond the limit", async () => {
  await withTemporaryDirectory((directory) => {
    const path = join(directory, "a");
    const growing = (by: number): ReturnType<typeof watchedFileSystem> => {
      Deno.writeFileSync(path, new Uint8Array(10).fill(1));
      let isFirst = true;
      return watchedFileSystem(denoFileSystem, (operation) => {
        if (operation !== "read" || !isFirst) return;
        isFirst = false;
        Deno.writeFileSync(path, new Uint8Array(by).fill(2), { append: true });
      });
    };
    assert.equal(readFile(growing(990), path, 1000).content.length, 1000);
    assert.throws(() => readFile(growing(991), path, 1000), FileTooLargeError);
    assert.throws(() => readFile(growing(100_000), path, 1000), FileTooLargeError);
  });
});

Deno.test("readFile() follows a link to a file", async () => {
  await withTemporaryDirectory((directory) => {
    Deno.writeTextFileSync(join(directory, "file"), "content");
    Deno.symlinkSync("file", join(directory, "link"));
    const { content } = readFile(denoFileSystem, join(directory, "link"), 100);
    assert.equal(new TextDecoder().decode(content), "content");
  });
});

Deno.test("readFile() refuses a directory, a FIFO, a socket and a device without waiting", async () => {
  await withTemporaryDirectory((directory) => {
    const path = (name: string): string => join(directory, name);
    // Deno has no call for it; mkfifo(1) is everywhere.
    assert.ok(new Deno.Command("mkfifo", { args: [path("fifo")] }).outputSync().success);
    const listener = Deno.listen({ transport: "unix", path: path("socket") });
    Deno.symlinkSync("fifo", path("link"));
    const found = [directory, path("fifo"), path("link"), path("socket"), "/dev/zero"].map((at) => {
      try {
        readFile(denoFileSystem, at, 100);
        return "read";
      } catch (error) {
        assert.ok(error instanceof WrongFileKindError, String(error));
        assert.deepEqual({ path: error.path, expected: error.expected }, {
          path: at,
          expected: "file",
        });
        return error.found;
      }
    });
    listener.close();
    assert.deepEqual(found, ["directory", "fifo", "fifo", "socket", "device"]);
  });
});

Deno.test("readFile() always closes what it opened", async () => {
  await withTemporaryDirectory((directory) => {
    const path = join(directory, "a");
    Deno.writeFileSync(path, new Uint8Array(100));
    let opened = 0;
    const files = watchedFileSystem(denoFileSystem, (operation) => {
      if (operation === "open") opened++;
      if (operation === "close") opened--;
      if (operation === "read") throw new FileSystemError("EIO", "read", path);
    });
    assert.throws(() => readFile(files, path, 1), FileTooLargeError);
    assert.throws(() => readFile(files, path, 100), (error) => isErrno(error, "EIO"));
    assert.equal(opened, 0);
  });
});

/** A handle that takes as few bytes as it likes. */
function takingSome(take: (offered: number) => number, taken: number[]): FileHandle {
  const unexpected = (): never => assert.fail("writeAll() writes, and nothing else");
  return {
    write(bytes) {
      const count = take(bytes.length);
      taken.push(...bytes.subarray(0, count));
      return count;
    },
    stat: unexpected,
    read: unexpected,
    setOwner: unexpected,
    setMode: unexpected,
    sync: unexpected,
    syncInBackground: unexpected,
    tryLock: unexpected,
    close: unexpected,
  };
}

Deno.test("writeAll() goes on after short writes until everything is written, once and in order", () => {
  const random = new SeededRandom(2);
  const content = random.bytes(5000);
  const ways: readonly ((offered: number) => number)[] = [
    (offered) => offered,
    () => 1,
    (offered) => Math.ceil(offered / 2),
    (offered) => 1 + random.below(offered),
  ];
  for (const take of ways) {
    const taken: number[] = [];
    writeAll(takingSome(take, taken), content);
    assert.deepEqual(Uint8Array.from(taken), content);
  }
});

Deno.test("writeAll() writes nothing if there is nothing to write", () => {
  writeAll(takingSome(() => assert.fail("an empty write"), []), new Uint8Array());
});

Deno.test("writeAll() ends with the error of the write that failed", () => {
  const taken: number[] = [];
  const handle = takingSome((offered) => {
    if (taken.length > 0) throw new FileSystemError("ENOSPC", "write", "/a");
    return offered - 1;
  }, taken);
  assert.throws(() => writeAll(handle, new Uint8Array(10)), (error) => isErrno(error, "ENOSPC"));
  assert.equal(taken.length, 9);
});

Deno.test("syncDirectory() fsyncs the directory, and closes it even if that fails", async () => {
  await withTemporaryDirectory((directory) => {
    const seen: string[] = [];
    syncDirectory(
      watchedFileSystem(denoFileSystem, (operation) => seen.push(operation)),
      directory,
    );
    const failing = watchedFileSystem(denoFileSystem, (operation, path) => {
      seen.push(operation);
      if (operation === "fsync") throw new FileSystemError("EIO", operation, path);
    });
    assert.throws(() => syncDirectory(failing, directory), (error) => isErrno(error, "EIO"));
    assert.deepEqual(seen, ["open", "fsync", "close", "open", "fsync", "close"]);
  });
});

Deno.test("statIfPresent() and ifPresent() return undefined only for a missing file", async () => {
  await withTemporaryDirectory((directory) => {
    Deno.writeTextFileSync(join(directory, "file"), "");
    assert.equal(statIfPresent(denoFileSystem, join(directory, "missing")), undefined);
    assert.equal(statIfPresent(denoFileSystem, join(directory, "file"))?.kind, "file");
    const inFile = join(directory, "file/a");
    assert.throws(
      () => statIfPresent(denoFileSystem, inFile),
      (error) => isErrno(error, "ENOTDIR"),
    );
    assert.throws(() =>
      ifPresent(() => {
        throw new RangeError("ENOENT");
      }), RangeError);
  });
});

Deno.test("isAnyListed() lists each directory once, or asks for each name", async () => {
  await withTemporaryDirectory((directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(path("a"), "");
    const operations: string[] = [];
    const listing = watchedFileSystem(
      denoFileSystem,
      (operation) => void operations.push(operation),
    );
    assert.ok(isAnyListed(listing, [path("b"), path("a")]));
    assert.ok(!isAnyListed(listing, [path("b"), path("c")]));
    assert.deepEqual(operations, ["readdir", "readdir"]);
    const unlisted = watchedFileSystem(denoFileSystem, (operation, at) => {
      if (operation === "readdir") throw new FileSystemError("EACCES", operation, at);
    });
    assert.ok(isAnyListed(unlisted, [path("b"), path("a")]));
    assert.ok(!isAnyListed(unlisted, [path("b"), path("c")]));
    assert.throws(() => isAnyListed(denoFileSystem, [join(path("none"), "a")]), {
      errno: "ENOENT",
    });
  });
});
