import assert from "node:assert/strict";
import { denoFileSystem, type FileHandle, FileSystemError, join } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Runs `work` with a handle, and closes it. */
function using<T>(handle: FileHandle, work: (handle: FileHandle) => T): T {
  try {
    return work(handle);
  } finally {
    handle.close();
  }
}

/** A promise about the real file system, kept in a directory of its own. */
function promise(name: string, work: (directory: string) => void): void {
  Deno.test(`denoFileSystem.${name}`, () => withTemporaryDirectory(work));
}

/** The error says what was tried, on what, and why it was refused, and keeps what Deno threw. */
function refuses(
  expected: Pick<FileSystemError, "errno" | "operation" | "path">,
  work: () => unknown,
): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof FileSystemError, String(error));
    const { errno, operation, path } = error;
    assert.deepEqual({ errno, operation, path }, expected);
    return true;
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

promise("createFile() makes a file with its mode, and writes to it", (directory) => {
  const path = join(directory, "a");
  using(denoFileSystem.createFile(path, 0o600), (handle) => {
    assert.equal(handle.write(bytes("content")), 7);
    assert.equal(handle.stat().mode, 0o600);
  });
  assert.equal(Deno.readTextFileSync(path), "content");
});

promise(
  "createFile() never opens what is there: a file, a directory, a dangling link",
  (directory) => {
    const [file, link] = [join(directory, "file"), join(directory, "link")];
    Deno.writeTextFileSync(file, "untouched");
    Deno.symlinkSync(join(directory, "nowhere"), link);
    for (const path of [file, directory, link]) {
      refuses(
        { errno: "EEXIST", operation: "create", path },
        () => denoFileSystem.createFile(path, 0o600),
      );
    }
    assert.equal(Deno.readTextFileSync(file), "untouched");
    refuses(
      { errno: "ENOENT", operation: "stat", path: join(directory, "nowhere") },
      () => denoFileSystem.stat(join(directory, "nowhere")),
    );
  },
);

promise("openFile() reads what a link leads to, in parts, to the end", (directory) => {
  Deno.writeTextFileSync(join(directory, "file"), "abcde");
  Deno.symlinkSync("file", join(directory, "link"));
  using(denoFileSystem.openFile(join(directory, "link")), (handle) => {
    const buffer = new Uint8Array(3);
    assert.equal(handle.read(buffer), 3);
    assert.deepEqual(buffer, bytes("abc"));
    assert.equal(handle.read(buffer), 2);
    assert.deepEqual(buffer.subarray(0, 2), bytes("de"));
    assert.equal(handle.read(buffer), 0);
    assert.equal(handle.stat().kind, "file");
  });
});

promise("openFile() goes on reading a file whose name leads elsewhere by now", (directory) => {
  const path = join(directory, "a");
  Deno.writeTextFileSync(path, "old");
  using(denoFileSystem.openFile(path), (handle) => {
    Deno.writeTextFileSync(join(directory, "b"), "new");
    denoFileSystem.rename(join(directory, "b"), path);
    const buffer = new Uint8Array(10);
    assert.deepEqual(buffer.subarray(0, handle.read(buffer)), bytes("old"));
    assert.notEqual(handle.stat().inode, denoFileSystem.stat(path).inode);
  });
});

promise("openLockFile() makes a file once, and never empties it", (directory) => {
  const path = join(directory, "lock");
  denoFileSystem.openLockFile(path, 0o600).close();
  assert.equal(denoFileSystem.stat(path).mode, 0o600);
  Deno.writeTextFileSync(path, "content");
  denoFileSystem.openLockFile(path, 0o600).close();
  assert.equal(Deno.readTextFileSync(path), "content");
});

promise("openDirectory() opens what can be fsynced", (directory) => {
  using(denoFileSystem.openDirectory(directory), (handle) => {
    handle.sync();
    assert.equal(handle.stat().kind, "directory");
  });
});

promise(
  "stat() tells files, directories, links and the rest apart, and follows no link",
  (directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(path("file"), "12345", { mode: 0o640 });
    Deno.symlinkSync("nowhere", path("link"));
    const listener = Deno.listen({ transport: "unix", path: path("socket") });
    const kinds = ["file", "link", "socket"].map((name) => denoFileSystem.stat(path(name)).kind);
    listener.close();
    assert.deepEqual(kinds, ["file", "link", "socket"]);
    const { uid, gid, ino, dev, mtime, ctime } = Deno.statSync(path("file"));
    assert.deepEqual(denoFileSystem.stat(path("file")), {
      kind: "file",
      size: 5,
      mode: 0o640,
      uid,
      gid,
      inode: ino,
      device: dev,
      links: 1,
      modified: mtime?.getTime(),
      changed: ctime?.getTime(),
    });
    Deno.linkSync(path("file"), path("second name"));
    assert.equal(denoFileSystem.stat(path("file")).links, 2);
    assert.equal(denoFileSystem.stat(directory).kind, "directory");
    assert.equal(denoFileSystem.stat("/dev/null").kind, "device");
  },
);

promise("readDirectory() lists hidden names, too, in order", (directory) => {
  for (const name of ["b", ".hidden", "a"]) Deno.writeTextFileSync(join(directory, name), "");
  assert.deepEqual(denoFileSystem.readDirectory(directory), [".hidden", "a", "b"]);
});

promise("realPath() follows every link on the way", (directory) => {
  Deno.mkdirSync(join(directory, "d"));
  Deno.writeTextFileSync(join(directory, "d/file"), "");
  Deno.symlinkSync("d", join(directory, "e"));
  Deno.symlinkSync("../e/file", join(directory, "d/link"));
  assert.equal(denoFileSystem.realPath(join(directory, "e/link")), join(directory, "d/file"));
});

promise("makeDirectory() makes one with its mode, where there is none", (directory) => {
  const path = join(directory, "d");
  denoFileSystem.makeDirectory(path, 0o700);
  assert.equal(denoFileSystem.stat(path).mode, 0o700);
  refuses(
    { errno: "EEXIST", operation: "mkdir", path },
    () => denoFileSystem.makeDirectory(path, 0o700),
  );
});

promise("removeDirectory() removes an empty directory, and nothing else", (directory) => {
  const path = (name: string): string => join(directory, name);
  Deno.mkdirSync(path("full/inner"), { recursive: true });
  Deno.writeTextFileSync(path("file"), "");
  Deno.symlinkSync("full", path("link"));
  for (
    const [name, errno] of [["full", "ENOTEMPTY"], ["file", "ENOTDIR"], [
      "link",
      "ENOTDIR",
    ]] as const
  ) {
    refuses(
      { errno, operation: "rmdir", path: path(name) },
      () => denoFileSystem.removeDirectory(path(name)),
    );
  }
  denoFileSystem.removeDirectory(path("full/inner"));
  assert.deepEqual(denoFileSystem.readDirectory(directory), ["file", "full", "link"]);
  assert.deepEqual(denoFileSystem.readDirectory(path("full")), []);
});

promise(
  "unlink() removes a file or a link, not what it leads to, and no directory",
  (directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(path("file"), "");
    Deno.symlinkSync("file", path("link"));
    Deno.mkdirSync(path("empty"));
    denoFileSystem.unlink(path("link"));
    assert.deepEqual(denoFileSystem.readDirectory(directory), ["empty", "file"]);
    denoFileSystem.unlink(path("file"));
    refuses(
      { errno: "EISDIR", operation: "unlink", path: path("empty") },
      () => denoFileSystem.unlink(path("empty")),
    );
    assert.deepEqual(denoFileSystem.readDirectory(directory), ["empty"]);
  },
);

promise("rename() replaces a file with another", (directory) => {
  Deno.writeTextFileSync(join(directory, "a"), "new");
  Deno.writeTextFileSync(join(directory, "b"), "old");
  const { inode } = denoFileSystem.stat(join(directory, "a"));
  denoFileSystem.rename(join(directory, "a"), join(directory, "b"));
  assert.deepEqual(denoFileSystem.readDirectory(directory), ["b"]);
  assert.equal(denoFileSystem.stat(join(directory, "b")).inode, inode);
});

promise("rename() between two names of one file leaves both, as POSIX has it", (directory) => {
  const [a, b] = [join(directory, "a"), join(directory, "b")];
  Deno.writeTextFileSync(a, "");
  denoFileSystem.link(a, b);
  assert.equal(denoFileSystem.stat(a).inode, denoFileSystem.stat(b).inode);
  denoFileSystem.rename(a, b);
  assert.deepEqual(denoFileSystem.readDirectory(directory), ["a", "b"]);
});

promise("link() replaces nothing, and links a link itself", (directory) => {
  const path = (name: string): string => join(directory, name);
  Deno.writeTextFileSync(path("a"), "a");
  Deno.writeTextFileSync(path("b"), "b");
  Deno.symlinkSync("a", path("link"));
  refuses(
    { errno: "EEXIST", operation: "link", path: path("b") },
    () => denoFileSystem.link(path("a"), path("b")),
  );
  assert.equal(Deno.readTextFileSync(path("b")), "b");
  denoFileSystem.link(path("link"), path("second"));
  assert.equal(denoFileSystem.stat(path("second")).kind, "link");
});

promise(
  "makeLink() creates a symbolic link with this content, and replaces nothing",
  (directory) => {
    const path = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(path("file"), "text");
    for (const content of ["nowhere/at/all", "file", "x".repeat(255)]) {
      denoFileSystem.makeLink(content, path(content.slice(0, 4) + "-link"));
      assert.equal(denoFileSystem.readLink(path(content.slice(0, 4) + "-link")), content);
    }
    for (const name of ["file", "nowh-link"]) {
      refuses(
        { errno: "EEXIST", operation: "symlink", path: path(name) },
        () => denoFileSystem.makeLink("other", path(name)),
      );
    }
    assert.equal(Deno.readTextFileSync(path("file")), "text");
    assert.equal(Deno.readLinkSync(path("nowh-link")), "nowhere/at/all");
  },
);

promise("rename() replaces a link, not what it leads to", (directory) => {
  const path = (name: string): string => join(directory, name);
  for (const name of ["1", "2"]) Deno.mkdirSync(path(name));
  denoFileSystem.makeLink("1", path("current"));
  denoFileSystem.makeLink("2", path("staged"));
  denoFileSystem.rename(path("staged"), path("current"));
  assert.deepEqual(denoFileSystem.readDirectory(directory), ["1", "2", "current"]);
  assert.equal(denoFileSystem.readLink(path("current")), "2");
});

promise("readLink() refuses what is not a link, and a content that is not UTF-8", (directory) => {
  const path = (name: string): string => join(directory, name);
  Deno.writeTextFileSync(path("file"), "");
  const odd = new Deno.Command("sh", {
    args: ["-c", `ln -s "$(printf 'a\\377')" "$1"`, "sh", path("odd")],
  });
  assert.ok(odd.outputSync().success);
  for (const [name, errno] of [["file", "EINVAL"], ["odd", "EILSEQ"]] as const) {
    refuses(
      { errno, operation: "readlink", path: path(name) },
      () => denoFileSystem.readLink(path(name)),
    );
  }
});

promise("openFile() and every other method name what they were refused", (directory) => {
  const path = (name: string): string => join(directory, name);
  Deno.writeTextFileSync(path("file"), "");
  Deno.symlinkSync("loop", path("loop"));
  const missing = path("missing");
  const inFile = path("file/a");
  const long = path("x".repeat(300));
  const cases: readonly [string, FileSystemError["operation"], string, () => unknown][] = [
    ["ENOENT", "open", missing, () => denoFileSystem.openFile(missing)],
    ["ENOENT", "open", missing, () => denoFileSystem.openDirectory(missing)],
    ["ENOENT", "create", path("no/a"), () => denoFileSystem.createFile(path("no/a"), 0o600)],
    ["ENOENT", "create", path("no/a"), () => denoFileSystem.openLockFile(path("no/a"), 0o600)],
    ["ENOENT", "stat", missing, () => denoFileSystem.stat(missing)],
    ["ENOENT", "readdir", missing, () => denoFileSystem.readDirectory(missing)],
    ["ENOENT", "realpath", missing, () => denoFileSystem.realPath(missing)],
    ["ENOENT", "mkdir", path("no/a"), () => denoFileSystem.makeDirectory(path("no/a"), 0o700)],
    ["ENOENT", "rmdir", missing, () => denoFileSystem.removeDirectory(missing)],
    ["ENOENT", "rename", missing, () => denoFileSystem.rename(missing, path("file"))],
    ["ENOENT", "link", path("a"), () => denoFileSystem.link(missing, path("a"))],
    ["ENOENT", "readlink", missing, () => denoFileSystem.readLink(missing)],
    ["ENOENT", "symlink", path("no/a"), () => denoFileSystem.makeLink("b", path("no/a"))],
    ["ENOENT", "unlink", missing, () => denoFileSystem.unlink(missing)],
    ["ENOTDIR", "open", inFile, () => denoFileSystem.openFile(inFile)],
    ["ENOTDIR", "create", inFile, () => denoFileSystem.createFile(inFile, 0o600)],
    ["ENOTDIR", "stat", inFile, () => denoFileSystem.stat(inFile)],
    ["ENOTDIR", "readdir", path("file"), () => denoFileSystem.readDirectory(path("file"))],
    ["ENOTDIR", "mkdir", inFile, () => denoFileSystem.makeDirectory(inFile, 0o700)],
    ["ENOTDIR", "unlink", inFile, () => denoFileSystem.unlink(inFile)],
    ["ELOOP", "open", path("loop"), () => denoFileSystem.openFile(path("loop"))],
    ["ELOOP", "realpath", path("loop"), () => denoFileSystem.realPath(path("loop"))],
    ["EISDIR", "create", directory, () => denoFileSystem.openLockFile(directory, 0o600)],
    ["ENAMETOOLONG", "create", long, () => denoFileSystem.createFile(long, 0o600)],
  ];
  for (const [errno, operation, at, work] of cases) {
    refuses({ errno, operation, path: at }, work);
  }
  assert.deepEqual(denoFileSystem.readDirectory(directory), ["file", "loop"]);
});

promise("openFile() gives a handle that names what it was refused, too", (directory) => {
  const path = join(directory, "file");
  Deno.writeTextFileSync(path, "");
  using(denoFileSystem.openFile(path), (handle) => {
    refuses({ errno: "EBADF", operation: "write", path }, () => handle.write(new Uint8Array(1)));
  });
  using(denoFileSystem.openDirectory(directory), (handle) => {
    refuses(
      { errno: "EISDIR", operation: "read", path: directory },
      () => handle.read(new Uint8Array(1)),
    );
  });
  using(denoFileSystem.openFile("/dev/null"), (handle) => {
    refuses({ errno: "EINVAL", operation: "fsync", path: "/dev/null" }, () => handle.sync());
  });
});

for (const [mode, whose] of [[0o700, "its own"], [0o777, "a shared"]] as const) {
  const name =
    `openPromptly() opens files and directories in ${whose} directory, and gives a FIFO up`;
  Deno.test(`denoFileSystem.${name}`, () => givesFifoUp(mode));
}

async function givesFifoUp(mode: number): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    Deno.chmodSync(directory, mode);
    const path = (name: string): string => join(directory, name);
    Deno.writeTextFileSync(path("file"), "content");
    assert.ok(new Deno.Command("mkfifo", { args: [path("fifo")] }).outputSync().success);
    const kinds = [];
    for (const at of [path("file"), directory]) {
      const handle = await denoFileSystem.openPromptly(at);
      kinds.push(using(handle, (handle) => handle.stat().kind));
    }
    assert.deepEqual(kinds, ["file", "directory"]);
    await assert.rejects(denoFileSystem.openPromptly(path("fifo")), { errno: "EAGAIN" });
    const seen = denoFileSystem.stat(path("fifo"));
    await assert.rejects(denoFileSystem.openPromptly(path("fifo"), seen), { errno: "EAGAIN" });
    // Lets the threads go that wait for a writer.
    Deno.openSync(path("fifo"), { read: true, write: true }).close();
    await assert.rejects(denoFileSystem.openPromptly(path("none")), { errno: "ENOENT" });
  });
}
